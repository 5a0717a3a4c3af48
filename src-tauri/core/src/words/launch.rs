//! The words for the stages of a launch, as the window and the terminal show them while it starts.

/// The launch waits for its server.
pub(crate) const WAITING_FOR_JUPYTERLAB: &str = "waiting for JupyterLab";
/// The launch is ready.
pub(crate) const JUPYTERLAB_ANSWERS: &str = "JupyterLab answers";
/// The launch waits for another program's.
pub(crate) const LAUNCHED_ELSEWHERE: &str = "another program launches this folder";
/// The reason after which the launch no longer waits for the other program's.
pub(crate) const NEVER_READY_ELSEWHERE: &str =
    "another program launches this folder, and its launch did not become ready";
/// A part whose address the engine does not report.
pub(crate) const NO_ADDRESS: &str = "the engine reports no address of the server";

/// These parts run.
pub(crate) fn running(parts: &[&str]) -> String {
    format!("{} {}", listed(parts), if parts.len() == 1 { "runs" } else { "run" })
}

/// What was done, and what a person should know of it.
pub(crate) fn with_remarks(done: String, remarks: &[String]) -> String {
    remarks.iter().fold(done, |done, remark| format!("{done}; {remark}"))
}

/// A kernelspec asks for GPUs that the engine does not report.
pub(crate) fn lacks_gpus(kernelspec: &str) -> String {
    format!("it reports no GPUs, and kernels of `{kernelspec}` ask for them")
}

/// An image of another architecture, on a machine that may emulate it.
pub(crate) fn other_architecture(image: &str, of: &str, engine: &str) -> String {
    format!(
        "`{image}` is for {of} and the engine's machine is {engine}: its kernels start only if that machine emulates {of}"
    )
}

/// A folder's kernels could use GPUs that the engine does not report.
pub(crate) const WITHOUT_OPTIONAL_GPUS: &str =
    "the folder can use GPUs and the engine reports none, so its kernels have none";

/// A part that ended is starting again.
pub(crate) fn starting_again(part: &str) -> String {
    format!("starting the {part} again")
}

/// These parts had ended and run again.
pub(crate) fn started_again(parts: &[&str]) -> String {
    format!("{} started again", listed(parts))
}

/// A container that has not started yet.
pub(crate) fn not_running(container: &str) -> String {
    format!("the container `{container}` does not run yet")
}

/// The gateway has read its kernelspecs, and this one is not among them.
pub(crate) fn not_offered(kernelspec: &str, offered: &[String]) -> String {
    format!("the gateway offers {}, and not `{kernelspec}`", offered.join(", "))
}

/// The gateway offers the kernelspec, and another one is its default.
pub(crate) fn not_default(kernelspec: &str) -> String {
    format!("`{kernelspec}` is not the gateway's default yet")
}

/// The kernels of an image have ports that other people on this machine can reach.
pub(crate) fn open_ports(image: &str, others: usize) -> String {
    format!("kernels of `{image}` have open ports: other people with accounts on this machine ({others}) can read them")
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_listed_as_a_sentence() {
        assert_eq!(running(&["gateway", "server"]), "gateway and server run");
        assert_eq!(running(&["server"]), "server runs");
        assert_eq!(started_again(&["gateway", "server", "service"]), "gateway, server and service started again");
    }
}
