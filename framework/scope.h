#pragma once

#include <string>
#include <utility>

namespace fno {

/// Says, while it lives, for whom this thread asks a device for work: a layer by its name, or "loss", "clip",
/// "optimiser". The innermost counts. The reverse pass works under the name that an op was recorded under.
class Scope {
 public:
  explicit Scope(std::string name) : before_(std::exchange(current_, std::move(name))) {}
  ~Scope() { current_ = std::move(before_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Empty where nobody has said.
  [[nodiscard]] static const std::string& current() { return current_; }

 private:
  std::string before_;
  static inline thread_local std::string current_;
};

}  // namespace fno
