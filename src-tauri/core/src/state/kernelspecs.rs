//! The kernelspecs to pick from.

use std::path::PathBuf;

use super::effect::Effect;
use super::event::{KernelspecsRead, Reply};
use super::update::Turn;
use crate::contract::failure::Failure;

impl Turn<'_> {
    /// Has the kernelspecs read. `install`: the kernels directory is new, and gets the shipped kernelspecs if it is the
    /// program's own.
    pub fn read_kernelspecs(&mut self, install: bool, then: Option<Reply<()>>) {
        let (dir, own) = (self.model.kernels_dir(), self.model.settings.kernels_dir.is_none());
        self.then(Effect::ReadKernelspecs { dir, install, own, then });
    }

    pub fn kernelspecs_read(&mut self, read: KernelspecsRead, then: Option<Reply<()>>) {
        // Another directory was chosen meanwhile, whose kernelspecs are being read.
        if read.dir == self.model.kernels_dir() {
            if let Some(failure) = &read.not_installed {
                self.notice(failure.clone());
            }
            if let Err(failure) = self.take_kernelspecs(read) {
                self.notice(failure);
            }
            self.watch_folders();
            self.list_images();
        }
        if let Some(reply) = then {
            self.answer(reply, Ok(()));
        }
    }

    /// Takes what was read. Answers with the folder that gateways see, or with the reason why it is not up to date.
    pub fn take_kernelspecs(&mut self, read: KernelspecsRead) -> Result<PathBuf, Failure> {
        self.model.kernelspecs = read.usable;
        self.model.kernelspec_problems = read.problems;
        self.model.linked_kernels = read.linked;
        read.copy
    }
}
