# Each target is one script in etc/setup, which says what it does.

.PHONY: help run test format lint bench soak fuzz platforms advisories licences screenshots setup package package-test engines

help: ## Name the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 13

run: ## Install what is missing and open the app
	@bash etc/setup/run.sh

test: ## Install what is missing and run every test
	@bash etc/setup/test.sh

format: ## Format the sources
	@bash etc/setup/format.sh

lint: ## Check style, types, licences and scripts
	@bash etc/setup/lint.sh

bench: ## Measure launches, cells and the window
	@bash etc/setup/bench.sh

soak: ## Launch and stop a hundred times and count what is left
	@bash etc/setup/soak.sh

fuzz: ## Fuzz the code that reads files, streams and messages, a minute each
	@bash etc/setup/fuzz.sh

platforms: ## Check that the code compiles for macOS and Windows
	@bash etc/setup/platforms.sh

advisories: ## Look up known vulnerabilities of all pinned packages
	@bash etc/setup/advisories.sh

licences: ## Collect the texts of the licences of all packages in the program
	@bash etc/setup/licences.sh

screenshots: ## Take the pictures of the README again
	@bash etc/setup/screenshots.sh

package: ## Make the packages for Linux in target/packages
	@bash etc/setup/package.sh

package-test: ## Install the packages in fresh systems and use them there
	@bash etc/setup/package-test.sh

engines: ## Run the program on each engine that Debian has
	@bash etc/setup/engines.sh

setup: ## Install what is missing
	@bash etc/setup/setup.sh
