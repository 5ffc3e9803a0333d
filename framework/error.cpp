#include "framework/error.h"

namespace fno {

// Here and not inline: each set of CPU kernels would have one of its own (cmake/FnoKernelSets.cmake).
constinit thread_local const ErrorLink* ErrorLink::innermost_ = nullptr;

std::string ErrorLink::chain() {
  std::string lines;
  for (const ErrorLink* link = innermost_; link != nullptr; link = link->outer_) {
    std::ostringstream words;
    link->print_(*link, words);
    lines.insert(0, "  while " + words.str() + (lines.empty() ? "" : "\n"));
  }
  return lines;
}

}  // namespace fno
