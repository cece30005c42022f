//! The pages in a real browser: nothing that axe objects to, nothing wider than a phone, and all of it by keyboard.

/// It takes a while.
mod heavy {
    use crate::process::{Server, Site};
    use crate::sign_in::mail::MailServer;
    use std::path::Path;
    use std::process::Command;

    /// Where Chromium is, whatever it is called here.
    fn chromium() -> Option<String> {
        let find = "command -v chromium || command -v chromium-browser || command -v google-chrome";
        let said = Command::new("sh").args(["-c", find]).output().ok().filter(|said| said.status.success())?;
        Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    #[test]
    fn every_page_is_usable_by_keyboard_in_light_and_dark_on_a_phone_and_with_a_screen_reader() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let Some(chromium) = chromium().filter(|_| folder.join("node_modules/puppeteer-core").is_dir()) else {
            eprintln!("skipped: Chromium or puppeteer is not there\n    scripts/setup chromium browser");
            return;
        };
        let site = Site::fresh(crate::app::On::Sqlite).unwrap();
        let mail = MailServer::start(true);
        let mut command = site.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("MASTHEAD_SMTP_URL", mail.url()).env("MASTHEAD_MAIL_FROM", "cms@example.org");
        let server = Server::start(command, &site.path("server.log"));
        let mut driver = Command::new("node");
        driver.arg(folder.join("drive.mjs")).args([&chromium, &server.url, env!("CARGO_BIN_EXE_masthead")]);
        driver.env("MASTHEAD_DATA_DIR", site.path("")).current_dir(site.path(""));
        if let Ok(shots) = std::env::var("MASTHEAD_TEST_SCREENSHOTS") {
            driver.arg(shots);
        }
        let ran = driver.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success() && said.contains("every page was seen"), "{said}");
    }
}
