# Installs IRkernel into the image's first library, from the repository that is asked for, or else the image's own.
repository <- Sys.getenv("RSPM", getOption("repos")[["CRAN"]])
if (identical(repository, "@CRAN@")) repository <- "https://cloud.r-project.org"
options(
    # Repositories of compiled packages know R by this.
    HTTPUserAgent = sprintf("R/%s R (%s)", getRversion(), paste(getRversion(), R.version$platform, R.version$arch, R.version$os))
)
install.packages("IRkernel", repos = c(CRAN = repository), quiet = TRUE)
