//! Widgets in JupyterLab: a person's input reaches the kernel, and the kernel's drawing reaches the page.

use orchest_core::App;
use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launched, stopped};
use orchest_tests::widgets_image::kernel_with_widgets;
use serde_json::json;

use crate::browser::Browser;
use crate::screen;

/// A notebook that is open in the browser; its kernel has the widget packages.
struct Opened {
    home: Home,
    app: App,
    id: String,
    browser: Browser,
}

/// Launches a folder with a notebook of these cells and opens it.
async fn opened(name: &str, cells: &[&str]) -> Opened {
    opened_with("widgets", name, cells).await
}

async fn opened_with(kernelspec: &str, name: &str, cells: &[&str]) -> Opened {
    let home = Home::new();
    home.kernelspec("widgets", kernel_with_widgets());
    let folder = home.pipeline(name);
    std::fs::write(folder.join("first.ipynb"), notebook(kernelspec, cells)).unwrap();
    let app = home.app().await;
    let id = launched(&app, &folder, Some(kernelspec)).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    browser.choose_first_cell().await;
    Opened { home, app, id, browser }
}

fn notebook(kernelspec: &str, cells: &[&str]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .enumerate()
        .map(|(place, source)| {
            json!({ "cell_type": "code", "id": format!("cell-{place}"), "metadata": {}, "source": source,
                    "execution_count": null, "outputs": [] })
        })
        .collect();
    let kernelspec = json!({ "name": kernelspec, "display_name": "Python 3", "language": "python" });
    json!({ "cells": cells, "metadata": { "kernelspec": kernelspec }, "nbformat": 4, "nbformat_minor": 5 }).to_string()
}

impl Opened {
    /// Ends the browser and the launch, and checks that nothing is left.
    async fn done(self) {
        self.browser.close().await;
        stopped(&self.app, &self.id).await;
        assert_eq!(left_of(&self.id), Vec::<String>::new());
        drop(self.home);
    }
}

/// A slider, and a label that the kernel updates when the slider moves.
const SLIDER: &str = "import ipywidgets as w
slider, label = w.IntSlider(value=3), w.Label('at first')
slider.observe(lambda change: setattr(label, 'value', f'the kernel has {change.new}'), 'value')
w.VBox([slider, label])";
const HANDLE: &str = ".jupyter-widgets.widget-slider .noUi-handle";

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_slider_reaches_the_kernel_and_comes_back() {
    let _turn = screen::turn().await;
    let open = opened("slider", &[SLIDER, "print('value', slider.value)"]).await;
    open.browser.run_chosen_cell().await;
    open.browser.press_right(HANDLE, 4).await;
    open.browser.see_words("7").await;
    open.browser.see_words("the kernel has 7").await;
    open.browser.choose_last_cell().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_output("value 7").await;
    open.browser.shot("widgets-slider").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_lives_on_after_a_reload_and_comes_back_after_a_restart() {
    let _turn = screen::turn().await;
    let open = opened("slider again", &[SLIDER]).await;
    open.browser.run_chosen_cell().await;
    open.browser.press_right(HANDLE, 1).await;
    open.browser.see_words("the kernel has 4").await;
    open.browser.save().await;
    open.browser.reload().await;
    open.browser.see_words("the kernel has 4").await;
    open.browser.press_right(HANDLE, 2).await;
    open.browser.see_words("the kernel has 6").await;
    open.browser.shot("widgets-reloaded").await;

    open.browser.restart_kernel_and_run_all().await;
    open.browser.see_words("at first").await;
    open.browser.press_right(HANDLE, 2).await;
    open.browser.see_words("the kernel has 5").await;
    open.browser.shot("widgets-restarted").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_file_reaches_the_kernel_byte_for_byte() {
    let _turn = screen::turn().await;
    let cells = [
        "import ipywidgets as w; upload = w.FileUpload(); upload",
        "print(len(upload.value), end=' ')
if upload.value:
    print(bytes(upload.value[0].content) == bytes(range(256)) * 4096)",
    ];
    let open = opened("upload", &cells).await;
    let file = open.home.path().join("all-bytes.bin");
    std::fs::write(&file, (0..=255).cycle().take(1 << 20).collect::<Vec<u8>>()).unwrap();
    open.browser.run_chosen_cell().await;
    open.browser.upload(".jupyter-widgets.widget-upload", &file).await;
    open.browser.see_words("(1)").await;
    open.browser.choose_last_cell().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_output("1 True").await;
    open.browser.shot("widgets-upload").await;
    open.done().await;
}

const FIGURE: &str = "%matplotlib widget
import matplotlib.pyplot as plt
figure, axes = plt.subplots(facecolor='white')
axes.fill_between([0, 1], [1, 1], color='#ff0000')
plt.show()";

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_of_ipympl_is_drawn_in_the_page() {
    let _turn = screen::turn().await;
    let open = opened("ipympl", &[FIGURE]).await;
    open.browser.run_chosen_cell().await;
    open.browser.see_drawn("canvas", "255,0,0").await;
    open.browser.shot("widgets-ipympl").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plotly_figure_widget_is_drawn_and_follows_the_kernel() {
    let _turn = screen::turn().await;
    let cells = [
        "import numpy as np, plotly.graph_objects as go
figure = go.FigureWidget(go.Scatter(x=np.arange(5.0), y=np.arange(5.0), mode='markers'))
figure",
        "figure.data[0].update(x=np.arange(9.0), y=np.arange(9.0))
print('updated')",
    ];
    let open = opened("plotly", &cells).await;
    open.browser.run_chosen_cell().await;
    open.browser.see_many(".js-plotly-plot .scatterlayer .point", 5).await;
    open.browser.choose_last_cell().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_many(".js-plotly-plot .scatterlayer .point", 9).await;
    open.browser.shot("widgets-plotly").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bokeh_figure_is_drawn_as_a_widget() {
    let _turn = screen::turn().await;
    let cell = "from bokeh.io import output_notebook
from bokeh.plotting import figure
from bokeh.resources import INLINE
from jupyter_bokeh.widgets import BokehModel
output_notebook(INLINE, hide_banner=True)
drawn = figure(width=300, height=200)
drawn.rect([0], [0], width=10, height=10, color='#ff0000')";
    let open = opened("bokeh", &[cell, "BokehModel(drawn)"]).await;
    open.browser.run_chosen_cell().await;
    open.browser.see_kernel_idle().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_drawn("canvas", "255,0,0").await;
    open.browser.shot("widgets-bokeh").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_widget_made_with_anywidget_runs() {
    let _turn = screen::turn().await;
    let cell = "import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        const button = document.createElement('button');
        button.className = 'own-widget';
        const show = () => { button.textContent = 'bytes ' + new Uint8Array(model.get('data').buffer).join(' '); };
        model.on('change:data', show);
        button.onclick = () => { model.set('data', new DataView(new Uint8Array([255, 0, 128]).buffer)); model.save_changes(); };
        show();
        el.append(button);
    } };'''
    data = traitlets.Any(bytes([1, 2])).tag(sync=True)
counter = Counter()
counter";
    let open = opened("anywidget", &[cell, "print('has', list(bytes(counter.data)))"]).await;
    open.browser.run_chosen_cell().await;
    open.browser.see_words("bytes 1 2").await;
    open.browser.press(".own-widget").await;
    open.browser.see_words("bytes 255 0 128").await;
    open.browser.choose_last_cell().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_output("has [255, 0, 128]").await;
    open.browser.shot("widgets-anywidget").await;
    open.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_of_thirty_megabytes_and_the_next_one_are_shown() {
    let _turn = screen::turn().await;
    let cells = [
        "from IPython.display import HTML, display
display(HTML('<!--' + 30_000_000 * 'x' + '--><pre>all of it</pre>'))
print('and on')",
        "print('later')",
    ];
    let open = opened("thirty megabytes", &cells).await;
    open.browser.run_chosen_cell().await;
    open.browser.see_output("all of it").await;
    open.browser.see_output("and on").await;
    open.browser.run_chosen_cell().await;
    open.browser.see_output("later").await;
    open.browser.shot("output-of-30-mb").await;
    open.done().await;
}

/// A person does this in a notebook with the shipped image; pip writes the packages' data files, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_widget_package_installed_from_a_notebook_works_at_once() {
    let _turn = screen::turn().await;
    let open = opened_with("python_docker", "pip install", &["%pip install -q ipympl", FIGURE]).await;
    open.browser.run_chosen_cell().await;
    open.browser.run_chosen_cell().await;
    open.browser.see_drawn("canvas", "255,0,0").await;
    open.browser.shot("widgets-installed").await;
    open.done().await;
}
