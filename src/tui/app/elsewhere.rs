//! What leads away from the note at hand: links, the editor and other programs, and the way back.

use super::*;

impl App<'_> {
    pub(super) fn editor(&mut self) -> Flow {
        let Some(path) = self.top().map(|reading| reading.path.clone()) else { return Flow::Go };
        match self.options.openers.editor(&path) {
            Ok(launch) => Flow::Run(launch),
            Err(why) => {
                self.say(why, Role::Error);
                Flow::Go
            }
        }
    }

    /// Comes back from the editor: reads the note again, with as much of it revealed as before.
    pub fn edited(&mut self, outcome: Result<(), String>, now: Duration) {
        if let Err(why) = outcome {
            self.say(why, Role::Error);
        }
        self.known = Known::default();
        if let Some(peek) = self.peeks.last_mut() {
            let path = peek.path.clone();
            match self.effects.peek(&path) {
                Ok(opened) => {
                    let mut fresh = Reading::open(path, opened, None);
                    fresh.resume(peek);
                    *peek = fresh;
                }
                Err(why) => {
                    self.peeks.pop();
                    self.refuse(&why);
                }
            }
            return;
        }
        let Some(before) = self.reading.take() else { return };
        self.seen_at = None;
        match self.effects.open() {
            Ok(opened) => {
                let mut fresh = Reading::hidden(before.path.clone(), opened);
                fresh.resume(&before);
                self.reading = Some(fresh);
            }
            Err(why) => {
                self.refuse(&why);
                self.next(now);
            }
        }
    }

    pub(in crate::tui) fn follow(&mut self, link: u32) {
        let Some(reading) = self.top() else { return };
        let Some(target) = reading.target(link) else { return };
        match &*target {
            Target::Url(url) => match self.options.openers.url(url) {
                Ok(()) => self.opening(url.clone()),
                Err(why) => self.say(why, Role::Error),
            },
            Target::Footnote(name) => {
                if !reading.go_to_footnote(name) {
                    self.say("that footnote has no text, or it is not shown yet", Role::Dim);
                }
            }
            Target::Note(target) => self.peek(target),
        }
    }

    pub(super) fn opening(&mut self, what: String) {
        self.say(format!("opening {what}"), Role::Dim);
        self.opening = Some(what);
    }

    /// Says how the opening of something ended, once it has. Gives whether anything is to be drawn anew.
    pub fn look_after_opening(&mut self) -> bool {
        if self.opening.is_none() {
            return false;
        }
        let Some(ended) = self.options.openers.ended(Duration::ZERO) else { return false };
        let what = self.opening.take().unwrap_or_default();
        let is_shown = self.message.as_ref().is_some_and(|message| message.text == format!("opening {what}"));
        match ended {
            Ok(()) if is_shown => self.say(format!("opened {what}"), Role::Dim),
            // Something else has been said meanwhile.
            Ok(()) => return false,
            Err(why) => self.say(why, Role::Error),
        }
        true
    }

    fn peek(&mut self, target: &str) {
        let (name, fragment) = split(target);
        let Some(reading) = self.top() else { return };
        let from = reading.path.clone();
        if name.is_empty() {
            if !fragment.is_some_and(|fragment| reading.go_to(fragment)) {
                self.say("there is no such heading", Role::Warning);
            }
            return;
        }
        let Some(note) = self.effects.resolve(&from, name) else {
            self.say(format!("there is no note `{name}`"), Role::Warning);
            return;
        };
        match self.effects.peek(&note) {
            Ok(opened) => self.peeks.push(Reading::open(note, opened, fragment)),
            Err(why) => self.refuse(&why),
        }
    }
}
