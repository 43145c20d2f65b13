//! What happens to a flow: each event makes a new flow and says what to do next.

use crate::flow::Flow;
use crate::http::HttpResponse;
use crate::prelude::*;
use crate::step::Step;

methods! {
    impl Flow as flow {
        /// The browser came back to the redirect URI: give the whole URL, or its path and query.
        ///
        /// An accepted callback is a `Save`: once its flow is stored, the web request can end, and any worker
        /// goes on by `resume`.
        ///
        /// Raises:
        ///     RejectedError: the callback is not this flow's, or it has had one (`callback_already_received`).
        ///     MisuseError: `wrong_state` where a reissue has not come to its `Authorize` yet.
        #[pyo3(signature = (url, *, now_ms=None))]
        fn receive_callback(url: Text, now_ms: Now) -> Step = Step(flow.receive_callback(&url, or_now(now_ms)?)?);

        /// The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI
        /// is that page. White space around it does not matter; the page's whole address is taken as well.
        ///
        /// An accepted code is a `Save`, as an accepted callback is.
        ///
        /// Raises:
        ///     RejectedError: `callback_invalid` for text that is no code, `callback_already_received`; for an address,
        ///         as `receive_callback`.
        ///     MisuseError: `not_supported` for every other client.
        #[pyo3(signature = (pasted, *, now_ms=None))]
        fn receive_pasted_code(pasted: Text, now_ms: Now) -> Step =
            Step(flow.receive_pasted_code(&pasted, or_now(now_ms)?)?);

        /// The user's choice at a `Choose`. It is a `Save`, as an accepted callback is: once its flow is stored, any
        /// worker goes on by `resume`, and a second click finds the flow moved on.
        ///
        /// Args:
        ///     id: the `id` of one of the accounts, or `CREATE_SUBACCOUNT` where `may_create`.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
        #[pyo3(signature = (id, *, now_ms=None))]
        fn choose(id: Text, now_ms: Now) -> Step = Step(flow.choose(&id, or_now(now_ms)?)?);

        /// The reply to the request of the last `Send`.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` where no request is in flight.
        #[pyo3(signature = (response, *, now_ms=None))]
        fn receive_response(response: Ours<'_, HttpResponse>, now_ms: Now) -> Step =
            Step(flow.receive_response(&response.0, or_now(now_ms)?)?);

        /// No reply came: a timeout, a broken connection, or nobody knows. `not_sent` says that the request for certain
        /// never left, as where no connection could be made: then a one-time code is not spent, and the same request goes
        /// out again in a while.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` where no request is in flight.
        #[pyo3(signature = (*, not_sent=false, now_ms=None))]
        fn receive_no_response(not_sent: bool, now_ms: Now) -> Step =
            Step(flow.receive_no_response(not_sent.into(), or_now(now_ms)?)?);

        /// Goes on after a `Save`, a `Wait` or a restore. In flight, it means `receive_no_response`; awaiting a choice,
        /// done or failed, it gives the options, the outcome or the error again, and a reissue that awaits its callback
        /// its `Authorize`.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` while a flow of `Client.begin` awaits its callback and the deadline has not
        ///         passed.
        #[pyo3(signature = (*, now_ms=None))]
        fn resume(now_ms: Now) -> Step = Step(flow.resume(or_now(now_ms)?)?);

        /// Goes on after a `Failed` that named a recovery.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` where there is nothing to recover.
        #[pyo3(signature = (*, now_ms=None))]
        fn recover(now_ms: Now) -> Step = Step(flow.recover(or_now(now_ms)?)?);
    }
}
