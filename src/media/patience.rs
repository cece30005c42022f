//! How long a store in the network is waited for. A question is answered soon or asked again; what is given to it takes
//! as long as it is large, and so does putting the parts of a large file together.

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use std::time::Duration;

/// Bytes that may take a silence to be sent: three parts at once have 6 Mbit/s to go by.
const SENT: u64 = 8 << 20;
/// Bytes that may take a silence to be put together from parts; some stores copy them.
const JOINED: u64 = 64 << 20;
/// Bytes of a part's entry in the list that ends an upload: at least its number and its tag.
const ENTRY: u64 = 80;

/// Connects with patience. What is waited for is the client's read timeout.
#[derive(Debug)]
pub struct Patient {
    /// Of a part of an upload, bytes.
    pub part: u64,
}

#[derive(Debug)]
struct Service {
    /// Gives up when nothing was heard for [`Self::silence`].
    asking: HttpClient,
    /// Never gives up.
    giving: HttpClient,
    silence: Duration,
    part: u64,
}

impl HttpConnector for Patient {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let asking = ReqwestConnector::default().connect(options)?;
        let silence = options.get_config_value(&ClientConfigKey::ReadTimeout);
        let Some(silence) = silence.and_then(|said| humantime::parse_duration(&said).ok()) else { return Ok(asking) };
        let giving = ReqwestConnector::default().connect(&options.clone().with_read_timeout_disabled())?;
        Ok(HttpClient::new(Service { asking, giving, silence, part: self.part }))
    }
}

impl Service {
    /// How long a request that gives something may take, with its answer; none for a question.
    fn limit(&self, request: &HttpRequest) -> Option<Duration> {
        let bytes = request.body().content_length() as u64;
        let silences = match request.method().as_str() {
            "PUT" if bytes > 0 => 1 + bytes / SENT,
            "POST" if request.uri().query().is_some_and(|query| query.contains("uploadId=")) => {
                2 + (bytes / ENTRY).saturating_mul(self.part) / JOINED
            }
            _ => return None,
        };
        Some(self.silence.saturating_mul(u32::try_from(silences).unwrap_or(u32::MAX)))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(limit) = self.limit(&request) else { return self.asking.execute(request).await };
        let answer = async {
            let (head, body) = self.giving.execute(request).await?.into_parts();
            // Some say at once that they are at it, and how it went at the end.
            Ok(HttpResponse::from_parts(head, body.bytes().await?.into()))
        };
        let answered = tokio::time::timeout(limit, answer).await;
        answered.unwrap_or_else(|elapsed| Err(HttpError::new(HttpErrorKind::Timeout, elapsed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store that never answers.
    #[derive(Debug)]
    struct Silent;

    #[async_trait]
    impl HttpService for Silent {
        async fn call(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
            std::future::pending().await
        }
    }

    fn service(silence: Duration) -> Service {
        Service { asking: HttpClient::new(Silent), giving: HttpClient::new(Silent), silence, part: 16 << 20 }
    }

    fn request(method: &str, query: &str, bytes: usize) -> HttpRequest {
        let request = http::Request::builder().method(method).uri(format!("http://store/key?{query}"));
        request.body(vec![0; bytes].into()).unwrap()
    }

    #[test]
    fn a_large_file_has_the_time_that_it_takes() {
        let service = service(Duration::from_secs(30));
        let limit = |method, query, bytes| service.limit(&request(method, query, bytes)).map(|limit| limit.as_secs());
        // 192 parts, 3 GB: their list has some hundred bytes for each.
        assert!(limit("POST", "uploadId=a", 192 * 100).is_some_and(|limit| (1_400..2_400).contains(&limit)));
        assert_eq!(limit("POST", "uploadId=a", 200), Some(60));
        assert_eq!(limit("PUT", "partNumber=1&uploadId=a", 16 << 20), Some(90));
        assert_eq!(limit("PUT", "", 100), Some(30));
        for (method, query) in [("GET", "uploadId=a"), ("HEAD", ""), ("DELETE", "uploadId=a"), ("POST", "uploads")] {
            assert_eq!(limit(method, query, 0), None, "{method} {query}");
        }
    }

    #[tokio::test]
    async fn a_store_that_never_answers_is_given_up() {
        let service = service(Duration::from_millis(5));
        for (method, query) in [("PUT", ""), ("POST", "uploadId=a")] {
            let error = service.call(request(method, query, 100)).await.unwrap_err();
            assert_eq!(error.kind(), HttpErrorKind::Timeout, "{method}");
        }
    }
}
