# An R that is not the shipped image's reads this at its start: its own file, and then where packages are that were
# installed by hand. Those are in the kernels' home, because no kernel can change an image or an environment.
local({
    site <- file.path(R.home("etc"), "Rprofile.site")
    if (file.exists(site)) sys.source(site, envir = baseenv())
    own <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep, fixed = TRUE)[[1]]
    if (!length(own) || own[[1]] == "NULL") {
        # R's own name of it.
        version <- paste(R.version$major, sub("[.].*", "", R.version$minor), sep = ".")
        own <- sprintf("~/R/%s-library/%s", R.version$platform, version)
        Sys.setenv(R_LIBS_USER = own)
    }
    # R's own folder for a person's packages counts only if it exists.
    dir.create(path.expand(own[[1]]), showWarnings = FALSE, recursive = TRUE)
    first <- strsplit(Sys.getenv("R_LIBS"), .Platform$path.sep, fixed = TRUE)[[1]]
    .libPaths(c(first, own, .libPaths()))
    # The packages take the place of the library that renv makes in a project; `renv/activate.R` would hide them.
    if (!nzchar(Sys.getenv("RENV_CONFIG_AUTOLOADER_ENABLED"))) Sys.setenv(RENV_CONFIG_AUTOLOADER_ENABLED = "FALSE")
    # R would ask which mirror to use, and a notebook cannot answer that.
    if ("@CRAN@" %in% getOption("repos")) options(repos = c(CRAN = "https://cloud.r-project.org"))
})
