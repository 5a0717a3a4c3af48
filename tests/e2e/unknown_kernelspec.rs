//! Notebooks from other machines in JupyterLab: they name kernelspecs that are not here.

use orchest_core::{App, images};
use orchest_tests::home::{Home, launched, stopped};
use serde_json::{Value, json};
use thirtyfour::By;

use crate::browser::Browser;
use crate::screen;

fn notebook(name: &str, metadata: &Value) -> String {
    let mut metadata = metadata.clone();
    metadata["kernelspec"]["name"] = name.into();
    json!({
        "cells": [{ "cell_type": "code", "source": "print('ran')", "id": "a", "metadata": {}, "outputs": [],
                    "execution_count": null }],
        "metadata": metadata, "nbformat": 4, "nbformat_minor": 5,
    })
    .to_string()
}

/// The address of a notebook in JupyterLab, without the notebooks that were open before.
async fn address(app: &App, id: &str, name: &str) -> String {
    app.url(id).await.unwrap().replace("/lab?", &format!("/lab/tree/{name}.ipynb?reset&"))
}

/// A plain JupyterLab asks for a kernel in each of these cases: two kernelspecs are for Python.
#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_with_an_unknown_kernelspec_opens_with_the_nearest_and_is_not_changed_before_a_save() {
    let _turn = screen::turn().await;
    let home = Home::new();
    home.kernelspec("another", &images::kernel_python());
    home.kernelspec("torch", &images::kernel_python());
    let folder = home.pipeline("unknown");
    let python = json!({ "kernelspec": { "display_name": "Mine" }, "language_info": { "name": "python" } });
    let bare = json!({ "kernelspec": { "display_name": "Python 3" } });
    let cases = [
        ("conda-env-foo-py", &python, "python_docker"),
        ("conda-env-torch-py", &python, "torch"),
        ("python3", &bare, "python_docker"),
    ];
    let app = home.app().await;
    let id = launched(&app, &folder, Some("python_docker")).await.unwrap();
    for (name, metadata, chosen) in cases {
        let file = folder.join(format!("{name}.ipynb"));
        let before = notebook(name, metadata);
        std::fs::write(&file, &before).unwrap();
        let browser = Browser::open().await;
        browser.visit(&address(&app, &id, name).await).await;
        assert_eq!(browser.run_first_cell().await, "ran", "{name}");
        let told = format!("//*[contains(@class, 'Toastify')]//*[contains(., 'No kernelspec {name} is here')]");
        browser.see_that(By::XPath(&told)).await;
        browser.shot(&format!("unknown-kernelspec-{name}")).await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), before, "{name}");
        browser.save().await;
        let after: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(after["metadata"]["kernelspec"]["name"], chosen, "{name}");
        browser.close().await;
    }
    // The language of this one is that of no kernelspec. JupyterLab asks, as everywhere.
    std::fs::write(folder.join("julia-1.11.ipynb"), notebook("julia-1.11", &json!({ "kernelspec": {} }))).unwrap();
    let browser = Browser::open().await;
    browser.visit(&address(&app, &id, "julia-1.11").await).await;
    browser.see(".jp-Dialog").await;
    browser.close().await;
    stopped(&app, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_with_an_unknown_kernelspec_opens_with_the_kernel_that_has_the_folders_packages() {
    let _turn = screen::turn().await;
    let home = Home::new();
    let metadata = json!({ "kernelspec": {}, "language_info": { "name": "python" } });
    let text = notebook("python3", &metadata).replace("print('ran')", "import cowsay; print(cowsay.__version__)");
    let folder = home.pipeline_of("own", &[("requirements.txt", "cowsay==6.1\n"), ("python3.ipynb", &text)]);
    let app = home.app().await;
    let id = launched(&app, &folder, None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&address(&app, &id, "python3").await).await;
    assert_eq!(browser.run_first_cell().await, "6.1");
    browser.close().await;
    stopped(&app, &id).await;
}
