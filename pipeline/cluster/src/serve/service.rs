//! Flight SQL over the statements of users.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, CommandGetCatalogs, CommandGetCrossReference,
    CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys,
    CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandGetXdbcTypeInfo,
    CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementIngest,
    CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, ProstMessageExt,
    SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse, Ticket,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::access::{Authority, Credentials};
use super::audit::{Audit, Event};
use super::metadata::{self, CATALOG, flight};
use super::metrics::Metrics;
use super::plan::{Planned, Question, READ_ONLY};
use super::prepared::{Prepared, numbered};
use super::statement::{Caller, Statements};
use super::transport::Peer;
use super::wire::{Answer, batch, bearer, info, ipc};

type Handshake = BoxStream<'static, Result<HandshakeResponse, Status>>;

/// The service behind every connection.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) authority: Arc<Authority>,
    pub(super) statements: Arc<Statements>,
    pub(super) prepared: Arc<Prepared>,
    pub(super) audit: Arc<Audit>,
    pub(super) metrics: Arc<Metrics>,
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
                let (peer, told) = (Some(address), Some(reason.clone()));
                self.audit.note(Event { event: "refused", peer, reason: told, ..Event::default() });
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
        let planned = self.statements.plan(&caller, question).await?;
        info(&planned.schema(), ticket, request.into_inner())
    }

    async fn fetch(&self, caller: &Caller, question: &Question) -> Result<Answer, Status> {
        let (schema, rows) = self.statements.run(caller, question).await?;
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

/// Types of a statement's parameters, as far as the plan tells them, in their order.
fn parameters(planned: &Planned) -> Result<Schema, Status> {
    let fields = planned.plan.get_parameter_fields();
    let fields = fields.map_err(|error| Status::invalid_argument(error.to_string()))?;
    let mut fields: Vec<(u32, Field)> = fields
        .into_iter()
        .map(|(name, field)| {
            let place = name.trim_start_matches('$').parse().unwrap_or_default();
            let data_type = field.map_or(DataType::Null, |field| field.data_type().clone());
            (place, Field::new(name, data_type, true))
        })
        .collect();
    fields.sort_by_key(|(place, _)| *place);
    Ok(Schema::new(fields.into_iter().map(|(_, field)| field).collect::<Vec<_>>()))
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
        let mut response = Response::new(stream::iter([Ok(answer)]).boxed());
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
        let planned = self.statements.plan(&caller, &question).await?;
        let parameters = parameters(&planned)?;
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
        self.statements.plan(&caller, &question).await?;
        Err(Status::permission_denied(READ_ONLY))
    }

    async fn do_put_statement_ingest(
        &self,
        _: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.caller(&request)?;
        Err(Status::permission_denied(READ_ONLY))
    }

    async fn do_put_prepared_statement_update(
        &self,
        _: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.caller(&request)?;
        Err(Status::permission_denied(READ_ONLY))
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
        let session = self.statements.planner.session().await?;
        let mut rows = query.into_builder();
        for schema in metadata::schemas(&session) {
            rows.append(CATALOG, schema);
        }
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
        let session = self.statements.planner.session().await?;
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
        for kind in ["TABLE", "VIEW"] {
            rows.append(kind);
        }
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

    async fn get_flight_info_exported_keys(
        &self,
        query: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &metadata::no_foreign_keys().schema())
    }

    async fn do_get_exported_keys(
        &self,
        _: CommandGetExportedKeys,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(metadata::no_foreign_keys()))
    }

    async fn get_flight_info_imported_keys(
        &self,
        query: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &metadata::no_foreign_keys().schema())
    }

    async fn do_get_imported_keys(
        &self,
        _: CommandGetImportedKeys,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(metadata::no_foreign_keys()))
    }

    async fn get_flight_info_cross_reference(
        &self,
        query: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &metadata::no_foreign_keys().schema())
    }

    async fn do_get_cross_reference(
        &self,
        _: CommandGetCrossReference,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(metadata::no_foreign_keys()))
    }

    async fn get_flight_info_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let schema = query.clone().into_builder(metadata::facts()?).schema();
        self.describe(request, &query, &schema)
    }

    async fn do_get_sql_info(
        &self,
        query: CommandGetSqlInfo,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(query.into_builder(metadata::facts()?).build().map_err(flight)?))
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.describe(request, &query, &query.into_builder(metadata::types()?).schema())
    }

    async fn do_get_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<Ticket>,
    ) -> Result<Answer, Status> {
        self.caller(&request)?;
        Ok(batch(query.into_builder(metadata::types()?).build().map_err(flight)?))
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}
