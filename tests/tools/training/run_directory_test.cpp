#include "tools/training/run_directory.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tools/training/train_test_support.h"
#include "tools/training/run_owner.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;

class RunDirectory : public InFolder {
 protected:
  void touch(const std::string& name) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name)) << "x";
  }
};

TEST_F(RunDirectory, AbsentAndEmptyFoldersAreAccepted) {
  check_run_directory(path("a/b/run"), false);
  EXPECT_FALSE(fs::exists(path("a")));
  claim_run_directory(RunPaths(path("a/b/run")), false);
  EXPECT_TRUE(fs::is_directory(path("a/b/run/checkpoints")));
  fs::create_directories(path("empty"));
  check_run_directory(path("empty"), false);
}

TEST_F(RunDirectory, FilesInTheWayAreRefusedWithoutForce) {
  touch("run/notes.txt");
  EXPECT_TRUE(throws_error(ErrorKind::config, "--force", [&] { check_run_directory(path("run"), false); }));
  EXPECT_TRUE(
      throws_error(ErrorKind::config, "found a file", [&] { check_run_directory(path("run/notes.txt"), true); }));
  EXPECT_TRUE(
      throws_error(ErrorKind::storage, "notes.txt", [&] { check_run_directory(path("run/notes.txt/x"), false); }));
}

TEST_F(RunDirectory, ForceDeletesOnlyWhatARunWrites) {
  const std::vector<std::string> ours{"config.toml",           "manifest.json",    "effective.json",
                                      "history.json",          "metrics.jsonl",    "metrics.json",
                                      "model.safetensors",     "report.html",      "checkpoints/last.ckpt",
                                      "checkpoints/best.ckpt", "figures/loss.svg", "figures/sample0.png",
                                      "figures/sample12.svg"};
  const std::vector<std::string> theirs{"notes.txt",           "data.npz",          "checkpoints/mine.ckpt",
                                        "figures/sampleA.png", "figures/paper.pdf", "more/config.toml"};
  for (const std::string& name : ours) touch("run/" + name);
  for (const std::string& name : theirs) touch("run/" + name);
  touch("elsewhere/kept.txt");
  fs::remove(path("run/report.html"));
  fs::create_symlink(path("elsewhere/kept.txt"), path("run/report.html"));
  claim_run_directory(RunPaths(path("run")), true);
  for (const std::string& name : ours) EXPECT_FALSE(fs::exists(path("run/" + name))) << name;
  for (const std::string& name : theirs) EXPECT_TRUE(fs::exists(path("run/" + name))) << name;
  EXPECT_TRUE(fs::exists(path("elsewhere/kept.txt")));
}

TEST_F(RunDirectory, ForceDoesNotFollowLinkedFolders) {
  touch("elsewhere/loss.svg");
  fs::create_directories(path("run"));
  fs::create_directory_symlink(path("elsewhere"), path("run/figures"));
  claim_run_directory(RunPaths(path("run")), true);
  EXPECT_TRUE(fs::exists(path("elsewhere/loss.svg")));
}

TEST_F(RunDirectory, ARunBeginsAnewOnlyOverTracesOfOneWithoutACheckpoint) {
  const RunPaths paths(path("run"));
  check_restart(paths);  // absent
  touch("run/notes.txt");
  check_restart(paths);
  touch("run/config.toml");
  EXPECT_TRUE(throws_error(ErrorKind::config, "run/config.toml", [&] { check_restart(paths); }));
  std::ofstream(paths.manifest()) << R"({"program": "fno", "exit_code": 4})";
  check_restart(paths);
  std::ofstream(paths.metrics()) << R"({"last": null, "incomplete": "nan"})";
  check_restart(paths);
  std::ofstream(paths.metrics()) << R"({"last": null})";
  EXPECT_TRUE(throws_error(ErrorKind::checkpoint, "last.ckpt", [&] { check_restart(paths); }));
  EXPECT_EQ(first_lines(paths.manifest(), 9).size(), 0u);  // no whole line
}

TEST_F(RunDirectory, UnwritablePlacesAreErrorsOfStorage) {
  // Root may write everywhere but here.
  EXPECT_TRUE(throws_error(ErrorKind::storage, "/proc", [] { claim_run_directory(RunPaths("/proc/fno/run"), false); }));
  fs::create_directories(path("locked"));
  fs::permissions(path("locked"), fs::perms::owner_read | fs::perms::owner_exec);
  if (::access(path("locked").c_str(), W_OK) != 0) {
    EXPECT_TRUE(throws_error(ErrorKind::storage, "locked", [&] { check_run_directory(path("locked/run"), false); }));
  }
}

TEST_F(RunDirectory, LinesAreInTheFileAtOnceAndAFullDiskIsAnError) {
  LineFile file(path("lines"));
  file.add("one");
  EXPECT_EQ(text_of_file(path("lines")), "one\n");
  // A disk that is full after six bytes.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 6, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_TRUE(throws_error(ErrorKind::storage, path("lines"), [&] { file.add("another line"); }));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old);
}

TEST_F(RunDirectory, AResumedFileOfLinesKeepsTheWholeOnesThatAreAskedFor) {
  const auto kept = [&](const std::string& text, std::int64_t lines) {
    std::ofstream(path("lines"), std::ios::binary) << text;
    LineFile file(path("lines"), lines);
    file.add("new");
    return text_of_file(path("lines"));
  };
  EXPECT_EQ(kept("a\nb\nc\n", 2), "a\nb\nnew\n");
  EXPECT_EQ(kept("a\nb\nc\n", 0), "new\n");
  EXPECT_EQ(kept("a\nb\nc\n", 9), "a\nb\nc\nnew\n");
  EXPECT_EQ(kept("a\nb\nhal", 9), "a\nb\nnew\n");  // a line that a crash cut off
}

TEST_F(RunDirectory, HasOneOwnerAtATime) {
  std::optional<RunOwner> first;
  first.emplace(path("a/run"));
  const std::string process = "process " + std::to_string(::getpid()) + ", since 20";
  EXPECT_TRUE(throws_error(ErrorKind::config, "found a run under way in", [&] { RunOwner second(path("a/run")); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, process, [&] { RunOwner second(path("a/run")); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, process, [&] { require_no_owner(path("a/run")); }));
  claim_run_directory(RunPaths(path("a/run")), false);  // by its owner
  std::filesystem::remove(path("a/run/checkpoints"));
  RunOwner other(path("a/other"));
  first.reset();
  EXPECT_TRUE(std::filesystem::is_empty(path("a/run")));
  check_run_directory(path("a/run"), false);
  RunOwner again(path("a/run"));
}

// What a killed owner leaves is held by nobody, and the folder is as good as empty.
TEST_F(RunDirectory, TheMarkOfAKilledOwnerHoldsNobody) {
  std::filesystem::create_directories(path("run"));
  std::ofstream(path("run/.owner")) << "host elsewhere, process 1, since 2026-01-01T00:00:00Z\n";
  check_run_directory(path("run"), false);
  const RunOwner owner(path("run"));
  EXPECT_TRUE(
      throws_error(ErrorKind::config, "process " + std::to_string(::getpid()), [&] { require_no_owner(path("run")); }));
}

// FNO_OWNER_PAIRS=1000 tries as many pairs.
TEST_F(RunDirectory, OfTwoThatStartAtOneMomentExactlyOneOwnsIt) {
  const char* asked = std::getenv("FNO_OWNER_PAIRS");
  const int pairs = asked != nullptr ? std::atoi(asked) : 50;
  ASSERT_GT(pairs, 0);
  for (int pair = 0; pair < pairs; ++pair) {
    const std::string folder = path("pair" + std::to_string(pair));
    int start[2], result[2], end[2];
    ASSERT_TRUE(::pipe(start) == 0 && ::pipe(result) == 0 && ::pipe(end) == 0);
    std::array<pid_t, 2> child{};
    for (pid_t& pid : child) {
      pid = ::fork();
      if (pid != 0) continue;
      ::close(start[1]);
      ::close(end[1]);
      char c = 'o';
      (void)!::read(start[0], &c, 1);  // both wake when the other end is closed
      c = 'o';
      std::optional<RunOwner> owner;
      try {
        owner.emplace(folder);
      } catch (const Error&) {
        c = 'r';
      }
      (void)!::write(result[1], &c, 1);
      (void)!::read(end[0], &c, 1);  // an owner stays until the other has tried
      ::_exit(0);
    }
    ::close(start[0]);
    ::close(start[1]);
    std::string said(2, ' ');
    for (char& c : said) ASSERT_EQ(::read(result[0], &c, 1), 1);
    ::close(end[0]);
    ::close(end[1]);
    for (const pid_t pid : child) ::waitpid(pid, nullptr, 0);
    ::close(result[0]);
    ::close(result[1]);
    EXPECT_TRUE(said == "or" || said == "ro") << "pair " << pair << ": " << said;
  }
}

}  // namespace
}  // namespace fno::training
