//! Who may do what: one module decides for every door.

mod fields;
mod give;
mod grant;
mod hints;
mod internal;
pub mod links;
pub mod mail;
mod memory;
pub(crate) mod passwords;
pub mod profile;
pub mod roles;
mod secrets;
pub mod sessions;
pub mod sign_in;
mod throttle;
mod tidy;
pub mod tokens;
pub mod users;

pub use grant::{Alternative, Fields, Grant};
pub use hints::Hints;
pub use internal::Internal;
pub use masthead_model::{FILES, PUBLIC};
pub(crate) use memory::Memory;
pub use tidy::tidy;

use crate::{Core, Error, Result, Snapshot};
use masthead_model::query::ast::Filter;
use masthead_model::{Action, Kind, Model, Role, Type, query};

/// Somebody. There is no caller by omission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular: what the role `public` may do.
    Anonymous,
    /// A program with a token.
    Token { name: String, role: String },
    /// A person who signed in.
    User { email: String, roles: Vec<String> },
    /// Whoever runs the command line on the data itself.
    Operator,
    /// The server at its own work, by the name of that work.
    Server(&'static str),
}

impl Caller {
    /// How the caller stands in history and events.
    pub fn actor(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Token { name, .. } => format!("token:{name}"),
            Self::User { email, .. } => format!("user:{email}"),
            Self::Operator => "operator".to_owned(),
            Self::Server(work) => format!("server:{work}"),
        }
    }

    fn roles<'a>(&'a self, snapshot: &'a Snapshot) -> Vec<&'a Role> {
        let names: Vec<&str> = match self {
            Self::Anonymous => vec![PUBLIC],
            Self::Token { role, .. } => vec![role],
            Self::User { roles, .. } => roles.iter().map(String::as_str).collect(),
            Self::Operator | Self::Server(_) => Vec::new(),
        };
        snapshot.roles.iter().filter(|r| names.contains(&r.name.as_str())).collect()
    }

    fn is_trusted(&self) -> bool {
        matches!(self, Self::Operator | Self::Server(_))
    }
}

/// The rules of a caller under one snapshot.
pub struct Rules<'a> {
    caller: &'a Caller,
    roles: Vec<&'a Role>,
    model: &'a Model,
    /// Drafts are read: only the fields that may be read of those are seen.
    drafts: bool,
    /// Some rule has a condition.
    conditional: bool,
}

impl<'a> Rules<'a> {
    pub fn of(caller: &'a Caller, snapshot: &'a Snapshot) -> Self {
        let roles = caller.roles(snapshot);
        let conditional = roles.iter().flat_map(|r| &r.permissions).any(|rule| rule.condition.is_some());
        Self { caller, roles, model: &snapshot.model, drafts: false, conditional }
    }

    /// The same for a reading of drafts.
    pub fn of_drafts(self, drafts: bool) -> Self {
        Self { drafts, ..self }
    }

    /// Whose rules these are.
    pub(crate) fn caller(&self) -> &Caller {
        self.caller
    }

    /// Everything, now and later.
    pub fn is_admin(&self) -> bool {
        self.caller.is_trusted() || self.roles.iter().any(|r| r.admin)
    }

    /// What the caller may do with `action` to the type, if anything.
    pub fn grant(&self, action: Action, type_id: &str) -> Option<Grant> {
        if self.is_admin() {
            return Some(Grant::whole());
        }
        let mut found = Vec::new();
        for rule in self.roles.iter().flat_map(|r| &r.permissions) {
            if rule.action != action || (rule.type_id != "*" && rule.type_id != type_id) {
                continue;
            }
            // Documents are published, deleted and looked back at whole.
            if rule.fields.is_some() && matches!(action, Action::Publish | Action::Delete | Action::History) {
                continue;
            }
            let condition = match &rule.condition {
                None => None,
                // Nobody in particular owns nothing.
                Some(condition) if *self.caller == Caller::Anonymous && query::names_caller(condition) => continue,
                Some(condition) => Some(query::for_caller(condition, &self.caller.actor())),
            };
            found.push(Alternative::new(rule.fields.clone(), condition));
        }
        Grant::of(found)
    }

    /// What the caller may do with `action` to files. Rules for every type are meant for content: they open no files to
    /// nobody in particular.
    pub(crate) fn of_files(&self, action: Action) -> Option<Grant> {
        let names_files =
            || self.roles.iter().flat_map(|r| &r.permissions).any(|p| p.type_id == FILES && p.action == action);
        let open = self.is_admin() || *self.caller != Caller::Anonymous || names_files();
        if open { self.grant(action, FILES) } else { None }
    }

    /// Whether one of the caller's rules is this very one.
    fn has(&self, permission: &masthead_model::Permission) -> bool {
        self.roles.iter().flat_map(|r| &r.permissions).any(|own| own == permission)
    }

    /// What documents of `ty` must meet for `action`; none when all of them do.
    pub fn condition(&self, action: Action, ty: &Type) -> Option<Filter> {
        let Some(grant) = self.grant(action, ty.id()) else { return Some(Filter::NEVER) };
        let alternatives = grant.alternatives();
        if alternatives.iter().any(|a| a.condition.is_none()) {
            return None;
        }
        Some(Filter::any(alternatives.iter().filter_map(|a| self.filter_of(a, ty)).collect()))
    }

    /// What a document of `ty` must meet, beyond being covered by `action`, for this field of it to be; none when nothing.
    pub fn condition_of(&self, action: Action, ty: &Type, field: &str) -> Option<Filter> {
        let grant = self.uneven(action, ty)?;
        let (covering, rest): (Vec<_>, Vec<_>) = grant.alternatives().iter().partition(|a| a.fields.covers(field));
        if rest.is_empty() || covering.iter().any(|a| a.condition.is_none()) {
            return None;
        }
        Some(Filter::any(covering.into_iter().filter_map(|a| self.filter_of(a, ty)).collect()))
    }

    /// The grant, where its fields differ from document to document.
    pub fn uneven(&self, action: Action, ty: &Type) -> Option<Grant> {
        if !self.conditional || self.is_admin() {
            return None;
        }
        self.grant(action, ty.id()).filter(|grant| grant.even().is_none())
    }

    /// The condition of an alternative; none when there is none. One that can no longer be read is met by nothing.
    pub fn filter_of(&self, alternative: &Alternative, ty: &Type) -> Option<Filter> {
        let condition = alternative.condition.as_ref()?;
        Some(query::parse_condition(condition, self.model, Some(ty)).unwrap_or(Filter::NEVER))
    }

    /// Whether any rule of the caller has a condition.
    pub fn is_conditional(&self) -> bool {
        self.conditional && !self.is_admin()
    }

    /// A short text that is equal exactly when two callers may do the same: part of cache keys.
    pub fn class(&self) -> String {
        if self.is_admin() {
            return "*".to_owned();
        }
        let mut names: Vec<&str> = self.roles.iter().map(|r| r.name.as_str()).collect();
        names.sort_unstable();
        let mut conditions = self.roles.iter().flat_map(|r| &r.permissions).filter_map(|p| p.condition.as_ref());
        // What is somebody's own is nobody else's answer.
        let own = conditions.any(query::names_caller).then(|| format!(" {}", self.caller.actor()));
        names.join("+") + &own.unwrap_or_default()
    }
}

impl masthead_model::query::Visible for Rules<'_> {
    fn type_visible(&self, type_id: &str) -> bool {
        self.grant(Action::Read, type_id).is_some()
    }

    /// The path of a tree's document is made of the slugs above it, which may be of documents that are not seen.
    fn paths_visible(&self, type_id: &str) -> bool {
        let Some(ty) = self.model.get(type_id) else { return false };
        let slugs = || ty.def.fields.iter().filter(|f| f.kind == masthead_model::FieldType::Slug);
        let shows = |action| {
            self.grant(action, type_id)
                .is_some_and(|grant| grant.always().is_some_and(|fields| slugs().all(|f| fields.covers(&f.id))))
        };
        let in_drafts = self.drafts && self.grant(Action::ReadDraft, type_id).is_some();
        shows(Action::Read) && (!in_drafts || shows(Action::ReadDraft))
    }

    /// Rules name content types and their own fields: who sees a field sees all that its components hold.
    fn field_visible(&self, type_id: &str, field_id: &str) -> bool {
        if self.model.get(type_id).is_some_and(|ty| ty.def.kind == Kind::Component) {
            return true;
        }
        let in_drafts = self.drafts && self.grant(Action::ReadDraft, type_id).is_some();
        self.covers_field(Action::Read, type_id, field_id)
            && (!in_drafts || self.covers_field(Action::ReadDraft, type_id, field_id))
    }
}

/// Refuse unless `caller` may do `action` to `ty`. A type that may not even be read answers like an unknown one.
pub fn authorize(caller: &Caller, snapshot: &Snapshot, action: Action, ty: &Type) -> Result<Grant> {
    let rules = Rules::of(caller, snapshot);
    if let Some(grant) = rules.grant(action, ty.id()) {
        return Ok(grant);
    }
    rules.hint(snapshot, action, ty);
    if rules.grant(Action::Read, ty.id()).is_none() && !rules.may_anything(ty.id()) {
        return Err(unknown_type(ty.def.api_name()));
    }
    Err(Error::Forbidden(format!("you may not {} {}", verb(action), ty.def.label)))
}

impl Rules<'_> {
    /// Tell the operator what would have let the caller do `action`.
    pub(crate) fn hint(&self, snapshot: &Snapshot, action: Action, ty: &Type) {
        if let Some(role) = self.roles.first() {
            snapshot.hints.note(&role.name, action, ty);
        } else if *self.caller == Caller::Anonymous {
            // Until it is changed, the role is not there.
            snapshot.hints.note(PUBLIC, action, ty);
        }
    }

    fn may_anything(&self, type_id: &str) -> bool {
        Action::ALL.into_iter().any(|a| self.grant(a, type_id).is_some())
    }
}

/// The answer for a type that does not exist, or not for this caller.
pub fn unknown_type(name: &str) -> Error {
    Error::not_found(format!("/api/{name}"))
}

/// What `/api/{name}` leads to. A type that the caller may do nothing with answers like an unknown one.
pub fn api_type<'s>(caller: &Caller, snapshot: &'s Snapshot, name: &str) -> Result<&'s Type> {
    let rules = Rules::of(caller, snapshot);
    let Some(ty) = snapshot.model.by_api_name(name) else { return Err(unknown_type(name)) };
    if rules.may_anything(ty.id()) {
        return Ok(ty);
    }
    rules.hint(snapshot, Action::Read, ty);
    Err(unknown_type(name))
}

/// The kind of what `/api/{name}` leads to.
pub async fn api_kind(core: &Core, caller: &Caller, name: &str) -> Result<Kind> {
    let (caller, name) = (caller.clone(), name.to_owned());
    core.with_model(move |snapshot| Ok(api_type(&caller, snapshot, &name)?.def.kind)).await
}

/// Refuse anybody but administrators.
pub fn require_admin(caller: &Caller, snapshot: &Snapshot) -> Result<()> {
    if Rules::of(caller, snapshot).is_admin() {
        return Ok(());
    }
    match caller {
        Caller::Anonymous => Err(Error::Unauthorized),
        _ => Err(Error::Forbidden("only an administrator may do this".to_owned())),
    }
}

pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::ReadDraft => "read drafts of",
        Action::Create => "create",
        Action::Update => "change",
        Action::Delete => "delete",
        Action::Publish => "publish",
        Action::History => "read the history of",
    }
}
