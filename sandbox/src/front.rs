//! The one door: a request comes in, an answer goes out.

use crate::admin;
use crate::base::http::{Answer, Call, Request};
use crate::engine::sandbox::Sandbox;

impl Sandbox {
    /// Answers one request at `now_ms`, a Unix time in milliseconds.
    pub fn handle(&mut self, request: &Request, now_ms: u64) -> Answer {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (request.target.as_str(), None),
        };
        let call = |path| Call { request, path, query };
        let Some(path) = path.strip_prefix("/_sandbox") else {
            return self.visit(&call(path), now_ms);
        };
        #[cfg(feature = "server")]
        if let Some(page) = crate::console::answer(self, &call(path), now_ms) {
            return Answer::now(page.into_reply());
        }
        Answer::now(admin::answer(self, &call(path), now_ms).into_reply())
    }
}
