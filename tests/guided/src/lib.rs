//! libFuzzer, started from inside a test, so that what is private is fuzzed where it stands.
//!
//! Usually a fuzz target is a program whose `main` is libFuzzer's. Here the test harness keeps its own,
//! and the test calls libFuzzer's driver. Only builds with `--cfg fuzzing`, in which coverage is
//! counted, have one (see `.ci/fuzz`); in all others this is empty.
#![cfg(fuzzing)]

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int};
use std::path::Path;
use std::{env, fs, iter, process, ptr};

type Target = Box<dyn Fn(&[u8])>;

thread_local! {
    /// libFuzzer calls back without saying whom.
    static TARGET: RefCell<Option<Target>> = const { RefCell::new(None) };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.with_borrow(|target| {
    if let Some(target) = target {
        target(bytes);
    }
}));

unsafe extern "C" {
    /// Source: llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library".
    fn LLVMFuzzerRunDriver(
        argc: *mut c_int,
        argv: *mut *mut *mut c_char,
        one_input: extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

extern "C" fn one_input(data: *const u8, size: usize) -> c_int {
    // SAFETY: libFuzzer hands over `size` bytes that live until this returns.
    unsafe { libfuzzer_sys::test_input_wrap(data, size) }
}

/// Calls `target` with ever other bytes, `seeds` first, and ends the process: by itself where nothing was
/// found, aborted at the first panic. The variable `LIBFUZZER` of the environment has libFuzzer's
/// arguments, the folder of the corpus before all others.
///
/// # Panics
/// Without the variable, and when a seed cannot be written into that folder.
pub fn run<S: AsRef<[u8]>>(seeds: impl Iterator<Item = S>, target: impl Fn(&[u8]) + 'static) -> ! {
    #[expect(clippy::disallowed_methods, reason = "a test has no settings file")]
    let arguments = env::var("LIBFUZZER").expect("libFuzzer's arguments, as .ci/fuzz gives them");
    let arguments = arguments.split_whitespace();
    let corpus = arguments.clone().next().expect("the folder of the corpus");
    for (n, seed) in seeds.enumerate() {
        let file = Path::new(corpus).join(format!("seed-{n}"));
        fs::write(file, seed).expect("a corpus that can be written");
    }
    TARGET.set(Some(Box::new(target)));
    let owned: Vec<CString> = iter::once("guided")
        .chain(arguments)
        .map(|argument| CString::new(argument).expect("no variable has a zero byte"))
        .collect();
    let mut count = c_int::try_from(owned.len()).expect("few arguments");
    let mut texts: Vec<*mut c_char> = owned.iter().map(|text| text.as_ptr().cast_mut()).collect();
    texts.push(ptr::null_mut());
    let mut texts = texts.as_mut_ptr();
    // SAFETY: there are `count` texts and a null behind them, all of which outlive the call.
    let code = unsafe { LLVMFuzzerRunDriver(&raw mut count, &raw mut texts, one_input) };
    process::exit(code)
}
