#pragma once

namespace fno::build {

/// What this program was made from, stated by the build.
[[nodiscard]] const char* version();
[[nodiscard]] const char* git_commit();   ///< "unknown" outside a git checkout
[[nodiscard]] bool git_dirty();           ///< the checkout had changes that are in no commit
[[nodiscard]] const char* build_flags();  ///< build type, compiler and its options

}  // namespace fno::build
