#include "tests/tools/cli/program.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <pty.h>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fno::test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kLongestLife = 60;  // seconds

// An open file without a name.
int nameless_file() {
  std::string name = (fs::temp_directory_path() / "fno_output_XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("no temporary file");
  ::unlink(name.c_str());
  return fd;
}

std::string all_of(int fd, bool terminal) {
  if (!terminal) ::lseek(fd, 0, SEEK_SET);
  std::string text;
  char part[4096];
  // A terminal whose other end is closed reads as an error.
  for (ssize_t got; (got = ::read(fd, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(got));
  return text;
}

void limit(decltype(RLIMIT_AS) what, std::uint64_t bytes) {
  const rlimit both{bytes, bytes};
  if (bytes > 0) ::setrlimit(what, &both);
}

[[noreturn]] void become_fno(const std::string& folder, const Words& words, const Conditions& conditions) {
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "dumb", 1);
  for (const auto& [name, value] : conditions.set) ::setenv(name.c_str(), value.c_str(), 1);
  limit(RLIMIT_FSIZE, conditions.largest_file);
  limit(RLIMIT_AS, conditions.memory);
  ::alarm(kLongestLife);
  std::vector<char*> arguments{const_cast<char*>("fno")};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (::chdir(folder.c_str()) == 0) ::execv(FNO_BINARY, arguments.data());
  ::_exit(127);
}

}  // namespace

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "fno_cli_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::map<std::string, std::string> Scratch::files() const {
  std::map<std::string, std::string> all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_))
    if (entry.is_regular_file()) all[fs::relative(entry.path(), folder_)] = text_of(entry.path());
  return all;
}

std::map<std::string, std::string> Scratch::everything() const {
  std::map<std::string, std::string> all = files();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_))
    all.try_emplace(fs::relative(entry.path(), folder_));
  return all;
}

Program::Program(const Scratch& folder, const Words& words, const Conditions& conditions)
    : out_(conditions.output.empty() ? nameless_file() : ::open(conditions.output.c_str(), O_WRONLY | O_CLOEXEC)),
      terminal_(conditions.terminal) {
  int error = -1;
  if (terminal_) {
    if (::openpty(&err_, &error, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("no terminal");
  } else {
    error = err_ = nameless_file();
  }
  const std::string place = folder.path();
  id_ = ::fork();
  if (id_ == 0) {
    ::dup2(out_, STDOUT_FILENO);
    ::dup2(error, STDERR_FILENO);
    become_fno(place, words, conditions);
  }
  if (terminal_) ::close(error);
  if (id_ < 0) throw std::runtime_error("no process");
}

Program::~Program() {
  if (!ended_) {
    send(SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

void Program::send(int signal) const { ::kill(id_, signal); }

void Program::stop() {
  send(SIGSTOP);
  int status = 0;
  ::waitpid(id_, &status, WUNTRACED);
  ended_ = !WIFSTOPPED(status);
}

Outcome Program::finish() {
  Outcome outcome;
  // A terminal holds little: it is read while the program writes.
  if (terminal_) outcome.err = all_of(err_, true);
  int status = 0;
  if (!ended_) ::waitpid(id_, &status, 0);
  ended_ = true;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = all_of(out_, false);
  if (!terminal_) outcome.err = all_of(err_, false);
  return outcome;
}

Outcome run_fno(const Scratch& folder, const Words& words, const Conditions& conditions) {
  return Program(folder, words, conditions).finish();
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void put_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

Words train_words(const Words& more) {
  const std::vector<std::pair<std::string, std::string>> flags{
      {"--task", "operator"},     {"--architecture", "fno_operator"},
      {"--data", "train.npz"},    {"--output-dir", "run"},
      {"--epochs", "1"},          {"--fno-width", "4"},
      {"--fno-modes", "2"},       {"--fno-blocks", "1"},
      {"--threads", "1"},         {"--fno-projection", "4"},
      {"--device", "cpu"},        {"--domain-padding", "0"},
      {"--learning-rate", "1e-3"}};
  Words words{"train"};
  for (const auto& [flag, value] : flags)
    if (std::ranges::find(more, flag) == more.end()) words.insert(words.end(), {flag, value});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace fno::test
