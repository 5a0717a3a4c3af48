//! A terminal in the kernel's container, in JupyterLab.

use orchest_tests::engine::left_of;
use orchest_tests::home::{Home, launched, stopped};
use thirtyfour::prelude::*;

use crate::browser::Browser;
use crate::screen;

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_in_a_kernel_is_opened_from_the_menu_and_finds_the_kernels_packages() {
    let _turn = screen::turn().await;
    let home = Home::new();
    let app = home.app().await;
    let id = launched(&app, &home.pipeline("terminal"), None).await.unwrap();
    let browser = Browser::open().await;
    browser.visit(&app.url(&id).await.unwrap().replace("/lab?", "/lab/tree/first.ipynb?")).await;
    browser.see_kernel_idle().await;
    let menu = "//*[@id='jp-MainMenu']//*[contains(@class, 'lm-MenuBar-itemLabel')][text()='Kernel']";
    browser.see_that(By::XPath(menu)).await.click().await.unwrap();
    let item = "//*[contains(@class, 'lm-Menu-item')][not(contains(@class, 'lm-mod-disabled'))]\
                //*[text()='New Terminal in the Kernel']";
    browser.see_that(By::XPath(item)).await.click().await.unwrap();
    browser.see(".jp-Terminal .xterm-screen").await.click().await.unwrap();
    // The terminal draws on a canvas, so the test looks at its effect in the folder.
    let typed = "python -c 'import numpy; print(numpy.__version__)' > seen.txt";
    browser.driver.action_chain().send_keys(typed).send_keys(Key::Enter).perform().await.unwrap();
    let file = home.path().join("folders/terminal/seen.txt");
    let seen = tokio::time::timeout(crate::browser::PATIENCE, async {
        loop {
            match std::fs::read_to_string(&file) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
            }
        }
    })
    .await;
    browser.shot("terminal-in-kernel").await;
    assert!(seen.unwrap().split('.').count() >= 2);
    browser.close().await;
    stopped(&app, &id).await;
    assert_eq!(left_of(&id), Vec::<String>::new());
}
