//! Flight SQL over the statements of users.

use std::pin::Pin;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, CommandGetCatalogs, CommandGetDbSchemas,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables,
    CommandGetXdbcTypeInfo, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, ProstMessageExt,
    SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest, HandshakeResponse,
    IpcMessage, SchemaAsIpc, Ticket,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use crate::access::{Authority, Credentials, User};
use crate::audit::{Audit, Event};
use crate::metadata::{self, CATALOG, FACTS, TYPES, flight};
use crate::metrics::Metrics;
use crate::prepared::{Prepared, numbered};
use crate::statement::{Question, Statements};
use crate::transport::Peer;

type Answer = Response<<Service as FlightService>::DoGetStream>;
type Handshake = Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>;

/// The service behind every connection.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) authority: Arc<Authority>,
    pub(crate) statements: Arc<Statements>,
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) metrics: Arc<Metrics>,
}

/// Who asks, and from where.
struct Caller {
    user: User,
    peer: String,
}

impl Service {
    /// Lets a caller in by token or certificate, or audits that it does not.
    fn caller<T>(&self, request: &Request<T>) -> Result<Caller, Status> {
        let token = bearer(request.metadata());
        self.known(request.extensions().get::<Peer>(), token.as_deref())
    }

    fn known(&self, peer: Option<&Peer>, token: Option<&str>) -> Result<Caller, Status> {
        let certificate = peer.and_then(|peer| peer.certificate.as_deref());
        let address = peer.map(|peer| peer.address.to_string()).unwrap_or_default();
        match self.authority.user(&Credentials { token, certificate }) {
            Ok(user) => Ok(Caller { user, peer: address }),
            Err(reason) => {
                self.metrics.refused("access");
                let (event, peer) = ("refused".to_owned(), Some(address));
                let event = Event { event, peer, reason: Some(reason.clone()), ..Event::default() };
                if let Err(error) = self.audit.write(event) {
                    tracing::error!("{error}");
                }
                Err(Status::unauthenticated(reason))
            }
        }
    }

    /// Columns of an answer, and the ticket that it is fetched with.
    async fn announce(
        &self,
        request: Request<FlightDescriptor>,
        question: &Question,
        ticket: Vec<u8>,
    ) -> Result<Response<FlightInfo>, Status> {
        let caller = self.caller(&request)?;
        let planned = self.statements.plan(&caller.user, &caller.peer, question).await?;
        info(&planned.schema(), ticket, request.into_inner())
    }

    async fn fetch(&self, caller: &Caller, question: &Question) -> Result<Answer, Status> {
        let (schema, rows) = self.statements.run(&caller.user, &caller.peer, question).await?;
        let rows = rows.map_err(|status| FlightError::Tonic(Box::new(status)));
        let data = FlightDataEncoderBuilder::new().with_schema(schema).build(rows);
        Ok(Response::new(data.map_err(Status::from).boxed()))
    }

    /// Columns of a description, and the ticket that is the command itself.
    fn describe(
        &self,
        request: Request<FlightDescriptor>,
        command: &impl ProstMessageExt,
        schema: &SchemaRef,
    ) -> Result<Response<FlightInfo>, Status> {
        self.caller(&request)?;
        info(schema, command.as_any().encode_to_vec(), request.into_inner())
    }
}

fn info(
    schema: &Schema,
    ticket: Vec<u8>,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket));
    let info = FlightInfo::new().try_with_schema(schema);
    let info = info.map_err(|error| Status::internal(error.to_string()))?;
    Ok(Response::new(info.with_endpoint(endpoint).with_descriptor(descriptor)))
}

fn batch(batch: RecordBatch) -> Answer {
    let data = FlightDataEncoderBuilder::new()
        .with_schema(batch.schema())
        .build(stream::once(async { Ok(batch) }));
    Response::new(data.map_err(Status::from).boxed())
}

/// The token of `authorization: Bearer TOKEN`, or the password of `Basic`, which is how JDBC gives it.
fn bearer(metadata: &MetadataMap) -> Option<String> {
    let value = metadata.get("authorization")?.to_str().ok()?;
    if let Some(token) = value.strip_prefix("Bearer ") {
        return Some(token.trim().to_owned());
    }
    let basic = decoded(value.strip_prefix("Basic ")?.trim())?;
    String::from_utf8(basic).ok()?.split_once(':').map(|(_, password)| password.to_owned())
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

fn ipc(schema: &Schema) -> Result<prost::bytes::Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, _> = SchemaAsIpc::new(schema, &options).try_into();
    message.map(|IpcMessage(bytes)| bytes).map_err(|error| Status::internal(error.to_string()))
}

fn told<T>(facts: &'static Result<T, String>) -> Result<&'static T, Status> {
    facts.as_ref().map_err(Status::internal)
}

fn writes() -> Status {
    Status::permission_denied("this server only reads: ask with SELECT, SHOW TABLES or DESCRIBE")
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Self;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Handshake>, Status> {
        let Some(token) = bearer(request.metadata()) else {
            self.caller(&request)?;
            return Err(Status::unauthenticated(
                "expected a user's name, and the token as password",
            ));
        };
        self.known(request.extensions().get::<Peer>(), Some(&token))?;
        let payload = token.clone().into_bytes().into();
        let answer = HandshakeResponse { protocol_version: 0, payload };
        let mut response = Response::new(stream::iter([Ok(answer)]).boxed() as Handshake);
        let value = format!("Bearer {token}").parse();
        let value = value.map_err(|_| Status::unauthenticated("unknown token"))?;
        response.metadata_mut().insert("authorization", value);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let ticket = TicketStatementQuery { statement_handle: query.query.clone().into() };
        let question = Question { sql: query.query, parameters: None };
        self.announce(request, &question, ticket.as_any().encode_to_vec()).await
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let caller = self.caller(&request)?;
        let question =
            self.prepared.question(&caller.user.name, &query.prepared_statement_handle)?;
        self.announce(request, &question, query.as_any().encode_to_vec()).await
    }

    async fn do_get_statement(
        &self,
        ticket: TicketStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        let caller = self.caller(&request)?;
        let sql = String::from_utf8(ticket.statement_handle.to_vec());
        let sql = sql.map_err(|_| Status::invalid_argument("a ticket that is none of ours"))?;
        self.fetch(&caller, &Question { sql, parameters: None }).await
    }

    async fn do_get_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        let caller = self.caller(&request)?;
        let question =
            self.prepared.question(&caller.user.name, &query.prepared_statement_handle)?;
        self.fetch(&caller, &question).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let caller = self.caller(&request)?;
        let sql = numbered(&query.query);
        let question = Question { sql: sql.clone(), parameters: None };
        let planned = self.statements.plan(&caller.user, &caller.peer, &question).await?;
        let fields = planned.plan.get_parameter_fields();
        let fields = fields.map_err(|error| Status::invalid_argument(error.to_string()))?;
        let mut fields: Vec<(u32, Field)> = fields
            .into_iter()
            .map(|(name, field)| {
                let place = name.trim_start_matches('$').parse().unwrap_or_default();
                let data_type =
                    field.map_or(arrow::datatypes::DataType::Null, |f| f.data_type().clone());
                (place, Field::new(name, data_type, true))
            })
            .collect();
        fields.sort_by_key(|(place, _)| *place);
        let parameters = Schema::new(fields.into_iter().map(|(_, f)| f).collect::<Vec<_>>());
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: self.prepared.keep(&caller.user.name, &sql)?.into(),
            dataset_schema: ipc(&planned.schema())?,
            parameter_schema: ipc(&parameters)?,
        })
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let caller = self.caller(&request)?;
        let data = request.into_inner().map_err(|status| FlightError::Tonic(Box::new(status)));
        let rows = FlightRecordBatchStream::new_from_flight_data(data).try_collect::<Vec<_>>();
        let rows = rows.await.map_err(flight)?;
        self.prepared.bind(&caller.user.name, &query.prepared_statement_handle, &rows)?;
        let prepared_statement_handle = Some(query.prepared_statement_handle);
        Ok(DoPutPreparedStatementResult { prepared_statement_handle })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let caller = self.caller(&request)?;
        self.prepared.close(&caller.user.name, &query.prepared_statement_handle);
        Ok(())
    }

    async fn do_put_statement_update(
        &self,
        query: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let caller = self.caller(&request)?;
        // Says what is wrong with it, and audits that it was tried.
        let question = Question { sql: query.query, parameters: None };
        self.statements.plan(&caller.user, &caller.peer, &question).await?;
        Err(writes())
    }

    async fn do_put_prepared_statement_update(
        &self,
        _: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.caller(&request)?;
        Err(writes())
    }

    async fn get_flight_info_catalogs(
        &self,
        query: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.into_builder().schema())
    }

    async fn do_get_catalogs(
        &self,
        query: CommandGetCatalogs,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        let mut rows = query.into_builder();
        rows.append(CATALOG);
        Ok(batch(rows.build().map_err(flight)?))
    }

    async fn get_flight_info_schemas(
        &self,
        query: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.clone().into_builder().schema())
    }

    async fn do_get_schemas(
        &self,
        query: CommandGetDbSchemas,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        let session = self.statements.session().await?;
        let mut rows = query.into_builder();
        metadata::schemas(&session).iter().for_each(|schema| rows.append(CATALOG, schema));
        Ok(batch(rows.build().map_err(flight)?))
    }

    async fn get_flight_info_tables(
        &self,
        query: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.clone().into_builder().schema())
    }

    async fn do_get_tables(
        &self,
        query: CommandGetTables,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        let session = self.statements.session().await?;
        Ok(batch(metadata::tables(&session, query).await?))
    }

    async fn get_flight_info_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.into_builder().schema())
    }

    async fn do_get_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        let mut rows = query.into_builder();
        ["TABLE", "VIEW"].iter().for_each(|kind| rows.append(kind));
        Ok(batch(rows.build().map_err(flight)?))
    }

    async fn get_flight_info_primary_keys(
        &self,
        query: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &metadata::primary_key_schema())
    }

    async fn do_get_primary_keys(
        &self,
        query: CommandGetPrimaryKeys,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(metadata::primary_keys(&query)?))
    }

    async fn get_flight_info_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let schema = query.clone().into_builder(told(&FACTS)?).schema();
        self.describe(request, &query, &schema)
    }

    async fn do_get_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(query.into_builder(told(&FACTS)?).build().map_err(flight)?))
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.into_builder(told(&TYPES)?).schema())
    }

    async fn do_get_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(query.into_builder(told(&TYPES)?).build().map_err(flight)?))
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}

#[cfg(test)]
mod tests {
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
