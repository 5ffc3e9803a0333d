#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace fno::test {

using Words = std::vector<std::string>;

/// A folder of its own, deleted at the end.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  [[nodiscard]] std::string path(const std::string& name = "") const { return folder_ / name; }
  /// Every regular file below, by its path in here, with its bytes.
  [[nodiscard]] std::map<std::string, std::string> files() const;
  /// The same with everything else that is below, without bytes.
  [[nodiscard]] std::map<std::string, std::string> everything() const;

 private:
  std::filesystem::path folder_;
};

/// The address sanitizer asks for terabytes of address space: no limit can be set beside it.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kMemoryLimits = false;
#else
inline constexpr bool kMemoryLimits = true;
#endif

/// What the program finds around it.
struct Conditions {
  std::uint64_t largest_file = 0;                             ///< bytes, as on a disk that is full then; 0 = no limit
  std::uint64_t memory = 0;                                   ///< bytes of address space; 0 = no limit
  std::vector<std::pair<std::string, std::string>> set = {};  ///< environment
  bool terminal = false;                                      ///< standard error is one
  std::string output = {};                                    ///< standard output goes to this path, not to `out`
};

struct Outcome {
  int code = -1;  ///< exit status, 128 + number of the signal if one ended it
  std::string out, err;
};

/// The program under test, started in the folder. A minute is its longest life.
class Program {
 public:
  Program(const Scratch& folder, const Words& words, const Conditions& conditions = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();
  void send(int signal) const;
  /// Returns once SIGSTOP has acted.
  void stop();
  /// Waits for the end.
  Outcome finish();

 private:
  pid_t id_ = -1;
  int out_ = -1, err_ = -1;
  bool terminal_ = false, ended_ = false;
};

/// Runs the program to its end.
Outcome run_fno(const Scratch& folder, const Words& words, const Conditions& conditions = {});

[[nodiscard]] std::string text_of(const std::string& path);
void put_text(const std::string& path, const std::string& text);

/// `fno train` of a tiny network on train.npz into run, with `more` in place of or beside its flags.
[[nodiscard]] Words train_words(const Words& more = {});

}  // namespace fno::test
