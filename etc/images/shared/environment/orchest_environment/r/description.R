# Installs packages, with what they need:  Rscript description.R TABLE LIBRARY
# TABLE has a line for each package: its name, and perhaps an operator and a version.
given <- commandArgs(TRUE)
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

fits <- function(have, operator, version) {
    !nzchar(operator) || do.call(operator, list(numeric_version(have), numeric_version(version)))
}

wanted <- lapply(strsplit(readLines(given[[1]]), "\t", fixed = TRUE), function(row) c(row, "", "")[1:3])
have <- installed.packages()
missing <- character()
available <- NULL
for (row in wanted) {
    name <- row[[1]]
    versions <- have[have[, "Package"] == name, "Version"]
    if (length(versions) && fits(versions[[1]], row[[2]], row[[3]])) next
    if (is.null(available)) available <- packages_of(getOption("repos"))
    if (!name %in% rownames(available)) {
        all <- packages_of(getOption("repos"), filters = list())
        needs <- all[all[, "Package"] == name, "Depends"]
        if (!length(needs)) fail("unknown_package", name, "There is no `", name, "` at ", getOption("repos"), ".")
        fail("conflict", name, "`", name, "` needs ", needs[[1]], ", and this is R ", getRversion(), ".")
    }
    found <- available[name, "Version"]
    if (!fits(found, row[[2]], row[[3]])) {
        fail("conflict", name, "`", name, " (", row[[2]], " ", row[[3]], ")` is asked for, and the repository has ", found, ".")
    }
    missing <- c(missing, name)
}
if (length(missing)) install.packages(unique(missing), lib = given[[2]], available = available)
