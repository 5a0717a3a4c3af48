//! Draws the page with or without a graphics card. On Linux without a card, WebKitGTK emulates one on the processor:
//! scrolling then costs three times the processor time of drawing without it, and the window takes 70 MB more.

#[cfg(target_os = "linux")]
mod platform {
    use std::path::Path;

    use tauri::WebviewWindow;
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    /// Turns the emulation off on a machine without a graphics card.
    pub fn begin(window: &WebviewWindow) -> tauri::Result<()> {
        if has_card(Path::new("/dev")) {
            return Ok(());
        }
        tracing::info!("there is no graphics card; the window is drawn without one");
        window.with_webview(|view| {
            if let Some(settings) = view.inner().settings() {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
        })
    }

    /// Whether there is a device that draws: a render node of the kernel, Nvidia's own, or that of WSL.
    fn has_card(devices: &Path) -> bool {
        let is_node = |entry: std::fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b"renderD");
        let nodes = std::fs::read_dir(devices.join("dri")).into_iter().flatten().flatten();
        nodes.into_iter().any(is_node) || ["nvidia0", "dxg"].iter().any(|name| devices.join(name).exists())
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        fn a_card_is_a_device_that_draws_not_one_that_only_displays() {
            let table = [
                (None, false),
                (Some("dri/card0"), false),
                (Some("dri/renderD128"), true),
                (Some("nvidia0"), true),
                (Some("dxg"), true),
            ];
            for (device, wanted) in table {
                let devices = tempfile::tempdir().unwrap();
                if let Some(device) = device {
                    let device = devices.path().join(device);
                    std::fs::create_dir_all(device.parent().unwrap()).unwrap();
                    std::fs::write(device, "").unwrap();
                }
                assert_eq!(has_card(devices.path()), wanted, "{device:?}");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    /// The system chooses by itself.
    pub fn begin(_: &tauri::WebviewWindow) -> tauri::Result<()> {
        Ok(())
    }
}

pub use platform::begin;
