//! How a reply is made.

use crate::ambient::whole;
use crate::error::VenuekeyError;
use crate::generated::objects::HttpResponse;
use crate::generated::structs::Header;

#[uniffi::export]
impl HttpResponse {
    /// A reply as received, even where the body is not JSON. Of the headers only `retry-after` is looked at today.
    ///
    /// Throws `invalid_argument` where the status is none.
    #[uniffi::constructor(default(headers = []))]
    pub fn new(status: i32, body: Vec<u8>, headers: Vec<Header>) -> Result<Self, VenuekeyError> {
        let status = u16::try_from(whole(status.into(), "status")?)
            .map_err(|_| VenuekeyError::argument("status must be an HTTP status"))?;
        let with = |response: venuekey::parts::HttpResponse, header: Header| {
            response.with_header(header.name, header.value.0.expose())
        };
        Ok(Self(headers.into_iter().fold(venuekey::parts::HttpResponse::new(status, body), with)))
    }
}
