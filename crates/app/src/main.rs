//! GymText.

/// 1.6 times the webhooks a second of the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gymtext::cli::main()
}
