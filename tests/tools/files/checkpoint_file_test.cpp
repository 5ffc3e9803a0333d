#include "tools/files/checkpoint_file.h"

#include "tests/tools/files/io_test_support.h"
#include "tools/files/sha256.h"

namespace fno {
namespace {

using test::expect_error;
using test::slurp;
using test::spill;
using test::to_bytes;

constexpr ErrorKind kKind = ErrorKind::checkpoint;

std::vector<Section> sample() {
  return {{"model", to_bytes("weights")}, {"empty", {}}, {"n\u00e4me", to_bytes(std::string(5, '\0'))}};
}

std::vector<SectionView> views(const std::vector<Section>& sections) {
  std::vector<SectionView> all;
  for (const Section& s : sections) all.push_back({s.name, s.bytes});
  return all;
}

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

std::string digest(const std::string& text) {
  const Sha256Digest d = sha256(to_bytes(text));
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

/// A file around that head and table, with checksums that fit, as an attacker would make it.
std::string sealed(std::uint32_t count, const std::string& table, const std::string& sections,
                   std::uint32_t version = 1) {
  std::string out = "FNOCKPT\x1a" + little(version, 4) + little(count, 4) + little(table.size(), 8) + table;
  out += digest(out) + sections;
  return out + little(out.size() + 16, 8) + "FNOEND\r\n";
}

std::string row(const std::string& name, const std::string& bytes, std::uint64_t claimed) {
  return little(name.size(), 4) + name + little(claimed, 8) + digest(bytes);
}

// Oracle: the layout of the header comment, put together by hand.
TEST(CheckpointFile, HasTheDocumentedLayout) {
  const test::TempFolder folder;
  write_checkpoint_file(folder.file("c"), std::vector<SectionView>{{"a", to_bytes("xyz")}, {"bb", {}}});
  EXPECT_EQ(slurp(folder.file("c")), sealed(2, row("a", "xyz", 3) + row("bb", "", 0), "xyz"));
}

TEST(CheckpointFile, RoundTripKeepsOrderAndBytes) {
  const test::TempFolder folder;
  const auto sections = sample();
  write_checkpoint_file(folder.file("c"), views(sections));
  auto back = read_checkpoint_file(folder.file("c"));
  ASSERT_EQ(back.size(), sections.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].name, sections[i].name);
    EXPECT_EQ(back[i].bytes, sections[i].bytes);
  }
  EXPECT_EQ(find_section(back, "model", "c").bytes, to_bytes("weights"));
  expect_error(kKind, {"c", "'optimizer'"}, [&] { (void)find_section(back, "optimizer", "c"); });
  write_checkpoint_file(folder.file("none"), {});
  EXPECT_TRUE(read_checkpoint_file(folder.file("none")).empty());
}

TEST(CheckpointFile, FindsEveryFlippedBit) {
  const test::TempFolder folder;
  const std::string path = folder.file("c");
  const auto sections = sample();
  write_checkpoint_file(path, views(sections));
  test::with_each_bit_flipped(path, [&](std::size_t bit) {
    SCOPED_TRACE(bit);
    expect_error(kKind, {path}, [&] { (void)read_checkpoint_file(path); });
  });
  EXPECT_EQ(read_checkpoint_file(path).size(), 3u);  // and all bits back in place
}

TEST(CheckpointFile, FindsEveryTruncationAndAddedBytes) {
  const test::TempFolder folder;
  const std::string path = folder.file("c");
  const auto sections = sample();
  write_checkpoint_file(path, views(sections));
  const std::string good = slurp(path);
  test::with_each_cut(path, [&](std::uintmax_t size) {
    SCOPED_TRACE(size);
    expect_error(kKind, {path}, [&] { (void)read_checkpoint_file(path); });
  });
  for (const std::string& more : {std::string("x"), good, good.substr(good.size() - 16)}) {
    spill(path, good + more);
    expect_error(kKind, {path}, [&] { (void)read_checkpoint_file(path); });
  }
  spill(path, good.substr(0, 100) + good.substr(101));
  expect_error(kKind, {path, "end mark says"}, [&] { (void)read_checkpoint_file(path); });
}

TEST(CheckpointFile, RefusesClaimsWhoseChecksumsFit) {
  const test::TempFolder folder;
  const std::string path = folder.file("evil");
  const auto refused = [&](const std::string& bytes, const std::string& part) {
    spill(path, bytes);
    expect_error(kKind, {path, part}, [&] { (void)read_checkpoint_file(path); });
  };
  spill(path, sealed(1, row("a", "xyz", 3), "xyz"));
  EXPECT_EQ(read_checkpoint_file(path).size(), 1u);
  refused(sealed(1, row("a", "xyz", 3), "xyz", 2), "format version 2; 1 is accepted");
  refused(sealed(1, row("a", "xyz", std::uint64_t{1} << 62), "xyz"), "claims 4611686018427387904 bytes of 3");
  refused(sealed(1, row("a", "xyz", 3), "xyz!"), "1 bytes after its last section");
  refused(sealed(4'000'000'000u, row("a", "xyz", 3), "xyz"), "claims 4000000000 sections");
  refused(sealed(1, row("a", "xyz", 3) + "!", "xyz"), "1 bytes after its last section");
  refused(sealed(1, little(0xFFFFFFFF, 4) + std::string(60, 'n'), ""), "ends inside section 0");
  std::string huge_table = sealed(1, row("a", "xyz", 3), "xyz");
  huge_table.replace(16, 8, std::string(8, '\xff'));
  refused(huge_table, "its table claims 18446744073709551615 bytes");
  refused("not a checkpoint at all, but long enough to hold one, at least as far as its size is concerned",
          "not a checkpoint");
  expect_error(kKind, {"nowhere", "No such file"}, [&] { (void)read_checkpoint_file(folder.file("nowhere")); });
}

TEST(CheckpointFile, RefusesBadNamesAndPlaces) {
  const test::TempFolder folder;
  const std::string path = folder.file("c");
  expect_error(kKind, {path, "'a'", "twice"}, [&] {
    write_checkpoint_file(path, std::vector<SectionView>{{"a", {}}, {"a", {}}});
  });
  expect_error(kKind, {path, "1 to 4096"}, [&] { write_checkpoint_file(path, std::vector<SectionView>{{"", {}}}); });
  expect_error(kKind, {path, "4097 bytes"}, [&] {
    write_checkpoint_file(path, std::vector<SectionView>{{std::string(4097, 'n'), {}}});
  });
  EXPECT_EQ(folder.entries(), 0u);
  expect_error(ErrorKind::storage, {"no/c"}, [&] { write_checkpoint_file(folder.file("no/c"), {}); });
}

}  // namespace
}  // namespace fno
