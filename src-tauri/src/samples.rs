//! Samples for tests.

use orchest_core::contract::snapshot::{LaunchState, LaunchView, PipelineView};

/// A launch of this person.
pub fn launch(state: LaunchState) -> LaunchView {
    LaunchView {
        id: "a".to_owned(),
        state,
        place: None,
        kernelspec: "python_docker".to_owned(),
        foreign: false,
        owner: None,
        started_at: 0,
        address: None,
        ready_at: None,
        stages: Vec::new(),
        failure: None,
        warning: None,
        kernels: Vec::new(),
        idle_stop_at: None,
    }
}

/// A pipeline, with its launch.
pub fn pipeline(name: &str, launch: Option<LaunchView>) -> PipelineView {
    PipelineView {
        machine: None,
        id: "a".to_owned(),
        name: name.to_owned(),
        path: format!("/home/ada/{name}"),
        added: true,
        pinned: false,
        last_opened: None,
        missing: false,
        unreadable: None,
        notebooks: Vec::new(),
        scripts: Vec::new(),
        truncated: false,
        last_change: None,
        pipeline_files: Vec::new(),
        place: None,
        kernelspec: None,
        environment: None,
        variables: Vec::new(),
        env_file: None,
        unknown_kernelspecs: Vec::new(),
        launch,
    }
}
