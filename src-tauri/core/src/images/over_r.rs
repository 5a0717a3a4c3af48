//! What is laid over an image with R that was not made for kernels. It is defined as our images are, and has no name of its
//! own.

use std::collections::HashMap;

use include_dir::Dir;

use super::{Options, authorities, context, definition};
use crate::engine::BuildRequest;
use crate::words::error::{Error, Result};
use crate::words::file;

/// The name of its definition.
const NAME: &str = "over-r";

fn definition() -> Option<&'static Dir<'static>> {
    definition::of(&definition::ours(NAME))
}

/// The digest of its definition.
pub fn digest() -> String {
    definition().map(definition::hash).unwrap_or_default()
}

/// The build of `tag` over an image. `args` are the other build arguments, such as proxies.
pub fn build(
    image: &str,
    tag: &str,
    options: &Options,
    args: impl IntoIterator<Item = (String, String)>,
    labels: HashMap<String, String>,
) -> Result<BuildRequest> {
    let authorities = authorities::of_this_machine(options.ca_file.as_deref());
    let packed = definition().map(|definition| context::of(definition, None, &authorities)).transpose();
    let not_packed = |source| Error::Io { what: file::PACK_DEFINITION.to_owned(), path: NAME.into(), source };
    Ok(BuildRequest {
        tag: tag.to_owned(),
        context: packed.map_err(not_packed)?.unwrap_or_default(),
        from: Vec::new(),
        args: args.into_iter().chain([("IMAGE".to_owned(), image.to_owned())]).collect(),
        labels,
        dockerfile: "Dockerfile".to_owned(),
        target: None,
        anew: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_build_has_the_programs_that_start_a_kernel() {
        let options = Options {
            base_image: None,
            registry: None,
            ca_file: None,
            logs_dir: "/nowhere".into(),
            proxies: std::collections::BTreeMap::new(),
            carried_from: None,
        };
        let request = build("r-base:4.3", "orchest/folder:r-1", &options, [], HashMap::new());
        let request = request.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(request.args["IMAGE"], "r-base:4.3");
        let text = String::from_utf8_lossy(&request.context).into_owned();
        for part in ["orchest_kernel.py", "orchest_r.py", "install.sh", "IRkernel::main()"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!digest().is_empty());
    }
}
