#include "tools/files/sha256.h"

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

// Oracle: FIPS 180-4 and the example values NIST publishes with it.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, OfBytes) {
  EXPECT_EQ(sha256_hex({}), kEmpty);
  EXPECT_EQ(sha256_hex(test::to_bytes("abc")), kAbc);
}

TEST(Sha256, PieceByPiece) {
  Sha256 hash;
  hash.update(test::to_bytes("a"));
  hash.update({});
  hash.update(test::to_bytes("bc"));
  EXPECT_EQ(hash.finish(), sha256(test::to_bytes("abc")));
}

TEST(Sha256, OfFiles) {
  const test::TempFolder folder;
  test::spill(folder.file("empty"), "");
  test::spill(folder.file("a"), std::string(1'000'000, 'a'));
  EXPECT_EQ(sha256_hex_of_file(folder.file("empty")), kEmpty);
  EXPECT_EQ(sha256_hex_of_file(folder.file("a")), kMillionA);
}

TEST(Sha256, OfAFileLongerThanOnePiece) {
  const test::TempFolder folder;
  const std::string text(3'000'001, 'x');
  test::spill(folder.file("x"), text);
  // Oracle: coreutils sha256sum of the same bytes.
  EXPECT_EQ(sha256_hex_of_file(folder.file("x")), "a3ccf84896e3e6d1185dee335e2f32266f86bd958bdc51fff840792fd520e351");
}

TEST(Sha256, OfAMissingFileNamesIt) {
  test::expect_error(ErrorKind::data, {"/nowhere/x", "No such file"}, [] { (void)sha256_hex_of_file("/nowhere/x"); });
  test::expect_error(ErrorKind::checkpoint, {"/nowhere/x"},
                     [] { (void)sha256_hex_of_file("/nowhere/x", ErrorKind::checkpoint); });
}

}  // namespace
}  // namespace fno
