//! The pages in a real browser: nothing that axe objects to, nothing wider than a phone, and all of it by keyboard.

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// Where Chromium is, whatever it is called here; none without it or what drives it.
pub fn chromium() -> Option<String> {
    let find = "command -v chromium || command -v chromium-browser || command -v google-chrome";
    let said = Command::new("sh").args(["-c", find]).output().ok().filter(|said| said.status.success());
    let Some(said) = said.filter(|_| folder().join("node_modules/puppeteer-core").is_dir()) else {
        eprintln!("skipped: Chromium or puppeteer is not there\n    scripts/setup chromium browser");
        return None;
    };
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// A program that drives it.
pub fn driver(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(folder().join(name));
    command
}

/// It takes a while.
mod heavy {
    use super::{chromium, driver};
    use crate::process::{Server, Site};
    use crate::sign_in::mail::MailServer;

    #[test]
    fn every_page_is_usable_by_keyboard_in_light_and_dark_on_a_phone_and_with_a_screen_reader() {
        let Some(chromium) = chromium() else { return };
        let site = Site::fresh(crate::app::On::Sqlite).unwrap();
        let mail = MailServer::start(true);
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("MASTHEAD_SMTP_URL", mail.url()).env("MASTHEAD_MAIL_FROM", "cms@example.org");
        let server = Server::start(command, &site.path("server.log"));
        let mut driver = driver("drive.mjs");
        driver.args([&chromium, &server.url, env!("CARGO_BIN_EXE_masthead")]);
        driver.env("MASTHEAD_DATA_DIR", site.path("")).current_dir(site.path(""));
        if let Ok(shots) = std::env::var("MASTHEAD_TEST_SCREENSHOTS") {
            driver.arg(shots);
        }
        let ran = driver.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success() && said.contains("every page was seen"), "{said}");
    }
}
