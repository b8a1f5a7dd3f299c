//! What goes over the wire: schemas, batches, tickets, and the token of a request.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::{
    FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, Ticket,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use tonic::metadata::MetadataMap;
use tonic::{Response, Status};

/// What a ticket is answered with.
pub(super) type Answer = Response<BoxStream<'static, Result<FlightData, Status>>>;

pub(super) fn info(
    schema: &Schema,
    ticket: Vec<u8>,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket));
    let info = FlightInfo::new().try_with_schema(schema);
    let info = info.map_err(|error| Status::internal(error.to_string()))?;
    Ok(Response::new(info.with_endpoint(endpoint).with_descriptor(descriptor)))
}

pub(super) fn batch(batch: RecordBatch) -> Answer {
    let data = FlightDataEncoderBuilder::new()
        .with_schema(batch.schema())
        .build(stream::once(async { Ok(batch) }));
    Response::new(data.map_err(Status::from).boxed())
}

/// The token of `authorization: Bearer TOKEN`, or the password of `Basic`, which is how JDBC gives it.
pub(super) fn bearer(metadata: &MetadataMap) -> Option<String> {
    let (scheme, value) = metadata.get("authorization")?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    let basic = Some(value).filter(|_| scheme.eq_ignore_ascii_case("basic"));
    let basic = String::from_utf8(decoded(basic?.trim())?).ok()?;
    basic.split_once(':').map(|(_, password)| password.to_owned())
}

/// Base64 (RFC 4648), padding or not.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

pub(super) fn ipc(schema: &Schema) -> Result<prost::bytes::Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, _> = SchemaAsIpc::new(schema, &options).try_into();
    message.map(|IpcMessage(bytes)| bytes).map_err(|error| Status::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::decoded;

    #[test]
    fn base64_is_decoded() {
        let cases = [
            ("dXNlcjp2eF8x", Some("user:vx_1")),
            ("YQ==", Some("a")),
            ("YWI", Some("ab")),
            ("a b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decoded(text).as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }
}
