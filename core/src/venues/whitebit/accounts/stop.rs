//! Why a read ends before its list does.

use crate::base::string_enum::string_enum;

/// Why there is more and no way to it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stop {
    TooDeep,
    Incomplete,
    Restless,
    TooMany,
}

string_enum!(Stop {
    TooDeep = "too_deep",
    Incomplete = "incomplete",
    Restless = "restless",
    TooMany = "too_many",
});

impl Stop {
    pub fn hint(self) -> &'static str {
        match self {
            Self::TooDeep => {
                "the venue shows 10,000 rows of a list, and they are read; begin again, narrowed by method, status or \
                 ticker, or with split_tickers"
            }
            Self::Incomplete => {
                "the parts of this list have fewer rows than the whole had, so a status or a ticker is in none of them; \
                 narrow by ticker, address or memo, or name every ticker"
            }
            Self::Restless => {
                "rows come and go faster than they are read; begin again with more rows a page (limit), or narrowed by \
                 method, status or ticker"
            }
            Self::TooMany => {
                "there are more pages than a million rows in 30 days, or one order, can have; ask for a shorter span, or \
                 for more rows a page (limit)"
            }
        }
    }
}
