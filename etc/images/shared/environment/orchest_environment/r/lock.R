# Installs exact versions, each after those that it needs:  Rscript lock.R TABLE LIBRARY
# TABLE has a line for each package: name, version, repositories, archive, folder in the archive, needed packages.
given <- commandArgs(TRUE)
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

words <- function(text) strsplit(text, " ", fixed = TRUE)[[1]]
rows <- lapply(strsplit(readLines(given[[1]]), "\t", fixed = TRUE), function(row) c(row, rep("", 5))[1:6])
names(rows) <- vapply(rows, `[[`, "", 1)

# What the image has in this version is not installed again.
have <- installed.packages()
is_here <- function(row) any(have[, "Package"] == row[[1]] & have[, "Version"] == row[[2]])
rows <- Filter(Negate(is_here), rows)
say("plan", length(rows))

# A lock of an old renv has no needs: those of today's index take their place.
has_needs <- any(vapply(rows, function(row) nzchar(row[[6]]), NA))
index <- NULL
needs_of <- function(row) {
    if (has_needs || length(rows) < 2) return(words(row[[6]]))
    if (is.null(index)) {
        index <<- packages_of(unique(unlist(lapply(rows, function(one) words(one[[3]])))), filters = list())
    }
    fields <- index[index[, "Package"] == row[[1]], c("Depends", "Imports", "LinkingTo"), drop = FALSE]
    if (nrow(fields)) trimws(sub("[(].*", "", unlist(strsplit(fields[1, ], ",")))) else character()
}

ordered <- character()
seen <- character()
add <- function(name) {
    if (name %in% seen) return(invisible())
    seen <<- c(seen, name)
    for (needed in intersect(needs_of(rows[[name]]), names(rows))) add(needed)
    ordered <<- c(ordered, name)
}
for (name in names(rows)) add(name)

# Everything that went wrong, in one text, or NULL.
fetch <- function(url, file) {
    faults <- character()
    heard <- function(condition) faults <<- c(faults, conditionMessage(condition))
    withCallingHandlers(
        try(utils::download.file(url, file, quiet = TRUE, mode = "wb"), silent = TRUE),
        error = heard,
        warning = function(condition) {
            heard(condition)
            invokeRestart("muffleWarning")
        }
    )
    if (length(faults)) paste(faults, collapse = "; ")
}

# A repository has the newest version of a package in one folder, and older ones in another.
places_of <- function(row) {
    file <- sprintf("%s_%s.tar.gz", row[[1]], row[[2]])
    contrib <- contrib.url(words(row[[3]]), "source")
    c(rbind(file.path(contrib, file), file.path(contrib, "Archive", row[[1]], file)))
}

# The path of a package's sources.
sources_of <- function(row) {
    from_archive <- nzchar(row[[4]])
    file <- file.path(tempdir(), sprintf("%s_%s.tar.gz", row[[1]], row[[2]]))
    faults <- character()
    for (url in if (from_archive) row[[4]] else places_of(row)) {
        fault <- fetch(url, file)
        if (is.null(fault)) break
        faults <- c(faults, fault)
        unlink(file)
    }
    if (!file.exists(file)) {
        absent <- grepl("404|cannot open file", faults)
        if (all(absent)) fail("unknown_package", row[[1]], "No repository of the lock has `", row[[1]], "` ", row[[2]], ".")
        fail("network", row[[1]], faults[!absent][[1]])
    }
    if (!from_archive) return(file)
    folder <- tempfile(row[[1]])
    utils::untar(file, exdir = folder)
    file.path(list.dirs(folder, recursive = FALSE)[[1]], row[[5]])
}

for (name in ordered) {
    row <- rows[[name]]
    install.packages(sources_of(row), lib = given[[2]], repos = NULL, type = "source")
    there <- file.path(given[[2]], name, "DESCRIPTION")
    version <- if (file.exists(there)) read.dcf(there, "Version")[[1]] else NA
    if (is.na(version)) fail("build", name, "R could not install `", name, "` ", row[[2]], ".")
    if (package_version(version) != package_version(row[[2]])) {
        fail("file", name, "The lock has `", name, "` ", row[[2]], ", and the repository sent ", version, ".")
    }
}
