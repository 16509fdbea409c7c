//! A terminal that a program runs in: keys go in, and what a person would see comes out.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long to wait for something that has to come. Long, as machines under load are slow: only a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than a note has to be on the screen to be graded, and than the time in which a key is taken to be held.
const GLANCE: Duration = Duration::from_millis(700);

pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    closed: Arc<AtomicBool>,
    /// How the terminal was set before the program started.
    before: String,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, ..PtySize::default() }
}

fn lines(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().map(|t| (t.local_flags, t.input_flags, t.output_flags)))
}

impl Terminal {
    /// Starts a command in a terminal of the given size, as a shell does.
    pub fn start(command: &Command, columns: u16, rows: u16) -> Self {
        Self::start_in(command, columns, rows, true)
    }

    /// Starts a command in a terminal; one that is not `its_own` tells it nothing when it is closed.
    pub fn start_in(command: &Command, columns: u16, rows: u16, its_own: bool) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.set_controlling_tty(its_own);
        builder.cwd(command.get_current_dir().unwrap());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => builder.env(name, value),
                None => builder.env_remove(name),
            }
        }
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(lines(rows), lines(columns), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let (screen, bytes, stop) = (parser.clone(), raw.clone(), closed.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                screen.lock().unwrap().process(&buffer[..count]);
                bytes.lock().unwrap().extend_from_slice(&buffer[..count]);
                // The program writes every second: the last handle of a closed window is soon let go.
                if stop.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { master: Some(pair.master), writer: Some(writer), child, parser, raw, closed, before }
    }

    /// What the screen shows.
    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// The screen as it stands.
    pub fn screen(&self) -> vt100::Screen {
        self.parser.lock().unwrap().screen().clone()
    }

    /// Everything that was written to the terminal, escapes and all.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.raw.lock().unwrap()).into_owned()
    }

    #[track_caller]
    fn wait(&mut self, what: &str, done: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let text = self.text();
            if done(&text) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "waited for {what}, but the screen shows\n{text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the screen shows `text`; all of the screen.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> String {
        self.wait(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn hides(&mut self, text: &str) -> String {
        self.wait(&format!("no `{text}`"), |screen| !screen.contains(text))
    }

    /// Presses keys: the characters as a terminal sends them. Grades no sooner than a person could.
    pub fn press(&mut self, keys: &str) {
        if keys.contains(['1', '2', '3', '4', 'b', 'S']) {
            std::thread::sleep(GLANCE);
        }
        self.press_at_once(keys);
    }

    /// Presses keys sooner than anybody could look at what is shown.
    pub fn press_at_once(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Presses the left button on the first place that shows `text`.
    #[track_caller]
    pub fn click(&mut self, text: &str) {
        let screen = self.shows(text);
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
        let column = line[..line.find(text).unwrap()].chars().count();
        self.press(&format!("\x1b[<0;{};{}M\x1b[<0;{0};{1}m", column + 1, row + 1));
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.lock().unwrap().set_size(lines(rows), lines(columns));
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&mut self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Closes the window.
    pub fn close(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        self.writer = None;
        self.master = None;
    }

    /// Waits for the program to end.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last may still be on its way.
                std::thread::sleep(Duration::from_millis(50));
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "the program does not end; the screen shows\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asserts that the terminal is as it was before the program started.
    #[track_caller]
    pub fn assert_restored(&self) {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
        assert_eq!(format!("{:?}", screen.mouse_protocol_mode()), "None");
        if let Some(master) = &self.master {
            assert_eq!(settings(&**master), self.before, "raw mode is left on");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
