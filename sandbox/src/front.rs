//! The one door: a request comes in, an answer goes out.

use crate::admin;
use crate::base::http::{Answer, Call, Request};
use crate::engine::sandbox::Sandbox;

impl Sandbox {
    /// Answers one request at `now_ms`, a Unix time in milliseconds.
    pub fn handle(&mut self, request: &Request, now_ms: u64) -> Answer {
        let named = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        match named.and_then(|(_, authority)| self.config.host_at(authority)).map(str::to_owned) {
            Some(host) => self.handle_at(&host, request, now_ms),
            None => self.answer(None, request, now_ms),
        }
    }

    /// Answers a request that came in at an address of one host's own, whose paths have no prefix. `host` is its
    /// `exchange/environment`.
    pub fn handle_at(&mut self, host: &str, request: &Request, now_ms: u64) -> Answer {
        self.answer(Some(host), request, now_ms)
    }

    fn answer(&mut self, host: Option<&str>, request: &Request, now_ms: u64) -> Answer {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (request.target.as_str(), None),
        };
        let call = |path| Call { request, path, query };
        let Some(path) = path.strip_prefix("/_sandbox") else {
            return self.visit(host, &call(path), now_ms);
        };
        #[cfg(feature = "server")]
        if let Some(page) = crate::console::answer(self, &call(path), now_ms) {
            return Answer::now(page.into_reply());
        }
        Answer::now(admin::answer(self, &call(path), now_ms).into_reply())
    }
}
