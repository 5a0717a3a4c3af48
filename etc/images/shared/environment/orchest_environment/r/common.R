# Lines for `follow.py`.
say <- function(...) cat("\n@orchest\t", paste(..., sep = "\t"), "\n", sep = "")

fail <- function(kind, package, ...) {
    text <- gsub("[\t\n]+", " ", paste0(...))
    say("failed", kind, package, text)
    quit(status = 1)
}

# The packages of repositories. One that cannot be read is an error, not an empty list.
packages_of <- function(repositories, filters = NULL) {
    unread <- NULL
    found <- withCallingHandlers(
        utils::available.packages(repos = repositories, filters = filters),
        warning = function(warned) {
            text <- conditionMessage(warned)
            if (grepl("unable to access index", text)) unread <<- text
            invokeRestart("muffleWarning")
        }
    )
    if (!is.null(unread)) fail("network", "", unread)
    found
}
