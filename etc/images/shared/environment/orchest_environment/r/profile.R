# What R starts with in the builder: where packages come from. The repository knows R by its user agent, and answers with
# compiled packages.
options(
    repos = c(CRAN = Sys.getenv("ORCHEST_REPOSITORY")),
    HTTPUserAgent = sprintf("R/%s R (%s)", getRversion(), paste(getRversion(), R.version$platform, R.version$arch, R.version$os)),
    timeout = 600,
    width = 500
)
