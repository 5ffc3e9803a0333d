#include "tools/files/atomic_file.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

using test::expect_error;
using test::slurp;
using test::spill;

TEST(AtomicFile, WritesAndReplaces) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.txt");
  write_file_atomic(path, std::string_view("first, and longer"));
  EXPECT_EQ(slurp(path), "first, and longer");
  write_file_atomic(path, std::string_view("second"));
  EXPECT_EQ(slurp(path), "second");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, ShowsNothingBeforeCommit) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.txt");
  spill(path, "old");
  {
    AtomicFile file(path);
    file.write(test::to_bytes("new and half writ"));
    EXPECT_EQ(slurp(path), "old");
    EXPECT_EQ(folder.entries(), 2u);
  }
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(folder.entries(), 1u) << "the temporary stayed";
}

TEST(AtomicFile, PatchesBytesWrittenBefore) {
  const test::TempFolder folder;
  AtomicFile file(folder.file("a"));
  file.write(test::to_bytes("0123456789"));
  file.patch(3, test::to_bytes("abc"));
  file.write(test::to_bytes("X"));
  EXPECT_EQ(file.size(), 11u);
  file.commit();
  EXPECT_EQ(slurp(folder.file("a")), "012abc6789X");
}

TEST(AtomicFile, RespectsTheUmask) {
  const test::TempFolder folder;
  const mode_t before = ::umask(027);
  write_file_atomic(folder.file("a"), std::string_view("x"));
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(folder.file("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFile, AcceptsTheLongestNameAndAPlainName) {
  const test::TempFolder folder;
  write_file_atomic(folder.file(std::string(255, 'n')), std::string_view("x"));
  EXPECT_EQ(folder.entries(), 1u);
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file_atomic("plain", std::string_view("y"));
  std::filesystem::current_path(here);
  EXPECT_EQ(slurp(folder.file("plain")), "y");
}

TEST(AtomicFile, NamesAMissingFolder) {
  const test::TempFolder folder;
  const std::string path = folder.file("no/such/a.txt");
  expect_error(ErrorKind::storage, {path, "No such file or directory"},
               [&] { write_file_atomic(path, std::string_view("x")); });
}

TEST(AtomicFile, RefusesToReplaceAnythingButAFile) {
  const test::TempFolder folder;
  expect_error(ErrorKind::storage, {folder.path(), "not a regular file"},
               [&] { write_file_atomic(folder.path(), std::string_view("x")); });
  expect_error(ErrorKind::storage, {"names no file"},
               [&] { write_file_atomic(folder.path() + "/", std::string_view("x")); });
  // Stands in for /dev/null, which a broken check would destroy when the tests run as root.
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error(ErrorKind::storage, {pipe, "not a regular file"},
               [&] { write_file_atomic(pipe, std::string_view("x")); });
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(AtomicFile, ReportsAReadOnlyFolder) {
  const test::TempFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  // Root may write anywhere, so step down for a moment.
  const bool root = ::geteuid() == 0;
  if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "root that cannot become another user";
  const std::string path = folder.file("a.txt");
  expect_error(ErrorKind::storage, {path, "Permission denied"},
               [&] { write_file_atomic(path, std::string_view("x")); });
  const bool back = !root || ::seteuid(0) == 0;
  ASSERT_TRUE(back);
  ::chmod(folder.path().c_str(), 0755);
}

TEST(AtomicFile, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.txt");
  spill(path, "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // as for a program that wants the error instead
  const rlimit small{65536, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  expect_error(ErrorKind::storage, {path, "File too large"},
               [&] { write_file_atomic(path, std::string(1 << 20, 'x')); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(folder.entries(), 1u) << "the temporary stayed";
}

TEST(ReadWholeFile, ReadsUpToTheLimit) {
  const test::TempFolder folder;
  spill(folder.file("a"), "12345");
  EXPECT_EQ(read_whole_file(folder.file("a"), 5), test::to_bytes("12345"));
  expect_error(ErrorKind::data, {folder.file("a"), "5 bytes", "at most 4"},
               [&] { (void)read_whole_file(folder.file("a"), 4); });
  expect_error(ErrorKind::checkpoint, {"No such file"},
               [&] { (void)read_whole_file(folder.file("b"), 4, ErrorKind::checkpoint); });
  expect_error(ErrorKind::data, {"folder"}, [&] { (void)read_whole_file(folder.path(), 4); });
  expect_error(ErrorKind::data, {"not a regular file"}, [&] { (void)read_whole_file("/dev/zero", 4); });
}

}  // namespace
}  // namespace fno
