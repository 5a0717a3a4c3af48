//! The types that cross to the window, in TypeScript: generated from the Rust types, and compared with the file.
#![allow(clippy::unwrap_used, missing_docs)]

use orchest_core::Failure;
use orchest_core::FailureCode;
use orchest_core::contract::check::Check;
use orchest_core::contract::choices::*;
use orchest_core::contract::command::Command;
use orchest_core::contract::engines::{EngineOption, Engines};
use orchest_core::contract::environment::{
    Cleaned, DownloadView, EnvironmentFile, EnvironmentPackages, EnvironmentState, EnvironmentView, GpuWish,
    HandInstalled, Language, PackageView, PostBuildState, PostBuildView,
};
use orchest_core::contract::kernelspec::*;
use orchest_core::contract::live::{KernelState, Live, LiveKernel, Use};
use orchest_core::contract::machine::{FolderThere, FoldersThere, MachineView};
use orchest_core::contract::notice::{Notice, Tone};
use orchest_core::contract::place::{FolderPlace, NewPlace, PlaceKernelspec, PlaceState, PlaceView};
use orchest_core::contract::snapshot::*;
use orchest_core::contract::updates::{NewerView, UpdateHow, UpdatesView};
use orchest_core::contract::variables::{EnvFileState, EnvFileView, TypedValue, VariableKept, VariableView};
use orchest_core::folder::pipeline_file::{GraphStep, PipelineGraph, StepFile};
use orchest_core::logs::line::{LogLevel, LogLine};
use ts_rs::{Config, TS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/api/types.ts");

fn declarations() -> String {
    fn of<T: TS>() -> String {
        let config = Config::default();
        let docs = T::docs().unwrap_or_default();
        format!("\n{docs}export {}\n", T::decl(&config))
    }
    let all = [
        of::<Failure>(),
        of::<FailureCode>(),
        of::<Snapshot>(),
        of::<EngineState>(),
        of::<EngineLimits>(),
        of::<Unkept>(),
        of::<EngineRemedy>(),
        of::<Engines>(),
        of::<EngineOption>(),
        of::<EngineSetup>(),
        of::<PlaceView>(),
        of::<PlaceState>(),
        of::<PlaceKernelspec>(),
        of::<FolderPlace>(),
        of::<NewPlace>(),
        of::<MachineView>(),
        of::<FoldersThere>(),
        of::<FolderThere>(),
        of::<Check>(),
        of::<PipelineView>(),
        of::<PipelineFile>(),
        of::<PipelineGraph>(),
        of::<GraphStep>(),
        of::<StepFile>(),
        of::<Live>(),
        of::<LiveKernel>(),
        of::<KernelState>(),
        of::<Use>(),
        of::<LogLine>(),
        of::<LogLevel>(),
        of::<EnvironmentView>(),
        of::<DownloadView>(),
        of::<EnvironmentState>(),
        of::<GpuWish>(),
        of::<PostBuildState>(),
        of::<PostBuildView>(),
        of::<Language>(),
        of::<EnvironmentFile>(),
        of::<EnvironmentPackages>(),
        of::<PackageView>(),
        of::<HandInstalled>(),
        of::<Cleaned>(),
        of::<UpdatesView>(),
        of::<NewerView>(),
        of::<UpdateHow>(),
        of::<VariableView>(),
        of::<VariableKept>(),
        of::<EnvFileView>(),
        of::<EnvFileState>(),
        of::<TypedValue>(),
        of::<LaunchView>(),
        of::<LaunchState>(),
        of::<KernelView>(),
        of::<Stage>(),
        of::<StageView>(),
        of::<StageState>(),
        of::<Progress>(),
        of::<ProgressUnit>(),
        of::<UnknownKernelspec>(),
        of::<KernelspecView>(),
        of::<KernelspecProblem>(),
        of::<ImageRole>(),
        of::<ImageView>(),
        of::<Notice>(),
        of::<Tone>(),
        of::<NoticeView>(),
        of::<OnClose>(),
        of::<SettingsView>(),
        of::<Theme>(),
        of::<Sort>(),
        of::<Limits>(),
        of::<Limit>(),
        of::<Command>(),
        of::<KernelspecSource>(),
        of::<KernelspecDraft>(),
        of::<DraftVariable>(),
        of::<KernelspecField>(),
        of::<KernelspecFault>(),
        of::<KernelspecChecked>(),
        of::<KernelspecOpened>(),
        of::<KernelspecTested>(),
        of::<Change>(),
        of::<WantedLimits>(),
        of::<WantedLimit>(),
        of::<Reveal>(),
    ];
    format!("// Written from the Rust types by orchest-core's bridge test; not by hand.\n{}", all.concat())
}

/// `ORCHEST_WRITE_TYPES=1 cargo test -p orchest-core --test bridge_types` writes the file again.
#[test]
fn the_page_has_the_types_that_rust_has() {
    let wanted = declarations();
    if std::env::var_os("ORCHEST_WRITE_TYPES").is_some() {
        std::fs::write(FILE, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(FILE).unwrap();
    let differing = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "{FILE} is stale, first at {differing:?}: ORCHEST_WRITE_TYPES=1 cargo test -p orchest-core --test bridge_types"
    );
}
