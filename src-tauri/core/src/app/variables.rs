//! The variables of folders: what a person sets, and the `.env` that a folder has.

use crate::app::App;
use crate::contract::failure::Failure;
use crate::contract::variables::{EnvFileView, TypedValue, VariableView};
use crate::platform::secret::Secret;
use crate::state::event::Event;

impl App {
    /// Gives the kernels of a folder a variable, or another value. A secret one is kept in the system's keychain; without
    /// one, in this program until it ends. A launch that runs has it for its next kernels. Answers with why kernels do not
    /// have some of the folder's variables.
    pub async fn set_variable(
        &self,
        id: &str,
        name: &str,
        value: TypedValue,
        secret: bool,
    ) -> Result<Vec<String>, Failure> {
        let (id_, name, value) = (id.to_owned(), name.to_owned(), Secret::new(value.0));
        self.ask(|reply| Event::SetVariable { id: id_, name, value, secret, reply }).await?;
        self.offer_variables(id).await
    }

    /// Takes a variable away from the kernels of a folder, and its value from the keychain.
    pub async fn remove_variable(&self, id: &str, name: &str) -> Result<Vec<String>, Failure> {
        let name = name.to_owned();
        self.ask(|reply| Event::RemoveVariable { id: id.to_owned(), name, reply }).await?;
        self.offer_variables(id).await
    }

    /// Allows that the kernels of a folder get the variables of its `.env` as it is now, or ends that.
    pub async fn use_env_file(&self, id: &str, used: bool) -> Result<Vec<String>, Failure> {
        self.ask(|reply| Event::UseEnvFile { id: id.to_owned(), used, reply }).await?;
        self.offer_variables(id).await
    }

    /// Puts the variables into the gateway of a launch that runs.
    async fn offer_variables(&self, id: &str) -> Result<Vec<String>, Failure> {
        self.ask(|reply| Event::OfferVariables { id: id.to_owned(), reply }).await
    }

    /// The variables of a folder, and its `.env`.
    pub async fn variables(&self, id: &str) -> Result<(Vec<VariableView>, Option<EnvFileView>), Failure> {
        self.ask(|reply| Event::Variables { id: id.to_owned(), reply }).await
    }
}
