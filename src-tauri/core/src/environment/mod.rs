//! What a folder's files ask for, and how its kernels get it.
//!
//! - [`found`]: the files that name packages, and what they ask for
//! - [`choice`]: the file that is used; `base`: the Python that kernels run with
//! - `request`: what the installer gets; `line`: what it reports
//! - [`ensure`]: makes an environment, or finds the one that is there; [`store`]: where it is; [`run`]: the containers that
//!   work there
//! - [`built`]: images that are built for folders
//! - [`folder_image`]: the image of a Dockerfile or dev container; `context`: the files that its build gets
//! - [`mod@edit`]: other packages in a file; [`mod@clean`]: removes what no folder uses
//! - [`any_image`]: kernels in an image that was not made for them; [`image_python`]: the Python there; `over_r`: what is
//!   laid over its R
//! - [`post_build`]: the script of a folder after its installation
//! - [`record`]: what is remembered of a folder's environment
//! - `indexes`: the package indexes of the person; `mirrors`: where the person has Pythons from; `netrc`: the person's
//!   logins; `sources`: a folder that is itself a package
//! - [`variables`]: the variables of a folder's kernels; [`env_file`]: its `.env`
//! - [`seen`]: what is known of an environment without the engine
//! - [`this_folder`]: the kernelspec of a folder's environment

pub mod any_image;
pub(crate) mod base;
pub mod built;
pub mod choice;
pub mod clean;
pub(crate) mod context;
pub mod edit;
pub mod ensure;
pub mod env_file;
pub mod folder_image;
pub mod found;
pub mod image_python;
pub(crate) mod indexes;
pub(crate) mod line;
pub(crate) mod mirrors;
pub(crate) mod netrc;
pub(crate) mod over_r;
pub mod post_build;
pub mod record;
pub(crate) mod request;
pub mod run;
pub mod seen;
pub(crate) mod sources;
pub mod store;
pub mod this_folder;
pub mod variables;
