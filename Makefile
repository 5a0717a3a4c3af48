# Each target is one script in etc/setup; what they do is told there.

.PHONY: help run test bench soak fuzz platforms lint format advisories screenshots setup

help: ## Name the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: ## Do all the set-up and open the app
	@bash etc/setup/run.sh

test: ## Do all the set-up and run every test
	@bash etc/setup/test.sh

bench: ## Measure launches, cells and the window
	@bash etc/setup/bench.sh

soak: ## Launch and stop a hundred times, and count what is left
	@bash etc/setup/soak.sh

fuzz: ## Give each reader of files and streams any input, a minute each
	@bash etc/setup/fuzz.sh

platforms: ## Check that the code compiles for macOS and Windows
	@bash etc/setup/platforms.sh

lint: ## Check formatting, types, licences and scripts
	@bash etc/setup/lint.sh

format: ## Format all sources
	@bash etc/setup/format.sh

advisories: ## Look up known holes in all packages that are pinned
	@bash etc/setup/advisories.sh

screenshots: ## Take the pictures of the README anew
	@bash etc/setup/screenshots.sh

setup: ## Do the set-up alone
	@bash etc/setup/setup.sh
