//! Nothing to say but that it was done.

use poem_openapi::ApiResponse;

#[derive(ApiResponse)]
pub enum Done {
    /// Done
    #[oai(status = 204)]
    Done,
}
