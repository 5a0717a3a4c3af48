//! The words of the page that a browser shows if the one-time address does not lead on.

/// The address was used, or its time is over.
pub(crate) const USED: &str = "This address works only once. Press Open in Orchest Desktop again.";
/// The browser runs as another user.
pub(crate) const REFUSED: &str = "This address is for the user who runs Orchest Desktop, and this browser runs as another user. Press Copy address in \
     Orchest Desktop, and open that address.";
/// There is no such address.
pub(crate) const UNKNOWN: &str = "There is nothing here. Press Open in Orchest Desktop.";
