#include <cmath>
#include <filesystem>
#include <limits>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/bad_input_cases.h"

namespace fno::test {
namespace {

const Extents kShape{6, 1, 8, 8};
constexpr std::size_t kValues = 6 * 64;

Step set(const std::string& x, const std::string& y, const std::string& name = "train.npz") {
  return [=](const Scratch& place) { write_set(place.path(name), x, y); };
}

Step x_is(const std::string& bytes) { return set(bytes, smooth_npy(kShape)); }
Step y_is(const std::string& bytes) { return set(smooth_npy(kShape), bytes); }

// An array of zeros of another type.
std::string zeros(const std::string& descr, std::size_t bytes) { return npy(descr, kShape, std::string(bytes, '\0')); }

Step shapes(const Extents& x, const Extents& y) { return set(smooth_npy(x), smooth_npy(y)); }

Step only(const std::string& name) {
  return [=](const Scratch& place) { write_zip(place.path("train.npz"), {{name, smooth_npy(kShape)}}); };
}

Step instead_of_data(const Step& other) {
  return both([](const Scratch& place) { std::filesystem::remove(place.path("train.npz")); }, other);
}

}  // namespace

std::vector<Case> data_cases() {
  const auto train = [](const char* name, Words says, const Step& prepare) {
    says.push_back("train.npz");
    return refused(3, name, says, train_words(), prepare);
  };
  const auto test = [](const char* name, Words says, const Step& prepare) {
    says.push_back("test.npz");
    return refused(3, name, says, train_words({"--test-data", "test.npz"}), prepare);
  };
  const Extents huge{100'000'000'000, 1, 8, 8}, endless{std::int64_t{1} << 62, 1, 8, 8};
  const float infinity = std::numeric_limits<float>::infinity();
  return {
      refused(3, "DataMissing", {"none.npz", "No such file"}, train_words({"--data", "none.npz"})),
      train("DataIsAFolder", {"folder"}, instead_of_data(folder("train.npz"))),
      train("DataEmpty", {}, file("train.npz", "")),
      train("WrongMagic", {}, file("train.npz", std::string(5000, 'x'))),
      train("TruncatedArchive", {}, shortened("train.npz", 900)),
      train("FlippedBit", {"'y'"}, flipped("train.npz", 0.8)),
      train("MemberIsNoArray", {"'x'"}, x_is("no array but a text, longer than the head that an array begins with")),
      train("NoArrayX", {"'x'"}, only("y.npy")),
      train("NoArrayY", {"'y'"}, only("x.npy")),
      train("TextInputs", {"'x'", "str", "float32"}, x_is(zeros("'<U2'", 8 * kValues))),
      train("ObjectInputs", {"'x'", "|O", "float32"}, x_is(zeros("'|O'", 8 * kValues))),
      train("RecordInputs", {"'x'"}, x_is(zeros("[('a', '<f4')]", 4 * kValues))),
      train("IntegerTargets", {"'y'", "int32", "float32"}, y_is(zeros("'<i4'", 4 * kValues))),
      train("FewerBytesThanTheShape", {"'x'"}, x_is(zeros("'<f4'", 4 * kValues - 1))),
      train("MoreBytesThanTheShape", {"'x'"}, x_is(zeros("'<f4'", 4 * kValues + 1))),
      train("ShapeOfTerabytes", {"'y'"}, set(npy("'<f4'", huge, "few"), npy("'<f4'", huge, "few"))),
      train("ShapeThatOverflows", {"'y'"}, set(npy("'<f4'", endless, "few"), npy("'<f4'", endless, "few"))),
      train("NegativeExtent", {"'x'"}, x_is(npy("'<f4'", {6, 1, -8, 8}, "few"))),
      train("MismatchedSamples", {"6", "5", "same number"}, shapes(kShape, {5, 1, 8, 8})),
      train("MismatchedGrids", {"(6, 1, 8, 8)", "(6, 1, 8, 9)"}, shapes(kShape, {6, 1, 8, 9})),
      train("EmptySet", {"(0, 1, 8, 8)"}, shapes({0, 1, 8, 8}, {0, 1, 8, 8})),
      train("ZeroExtent", {"(6, 1, 0, 8)"}, shapes({6, 1, 0, 8}, {6, 1, 0, 8})),
      train("NoChannels", {"(6, 0, 8, 8)"}, shapes({6, 0, 8, 8}, kShape)),
      train("TooFewAxes", {"(6, 8)"}, shapes({6, 8}, {6, 8})),
      train("TooManyAxes", {"(6, 1, 2, 2, 2, 2)"}, shapes({6, 1, 2, 2, 2, 2}, {6, 1, 2, 2, 2, 2})),
      train("NanInTheInputs", {"'x'", "nan", "(2, 0, 3, 5)"},
            x_is(spoilt_npy(kShape, 2 * 64 + 3 * 8 + 5, std::nanf("")))),
      train("InfinityInTheTargets", {"'y'", "-inf", "(5, 0, 7, 7)"}, y_is(spoilt_npy(kShape, kValues - 1, -infinity))),
      refused(3, "TestDataMissing", {"none.npz"}, train_words({"--test-data", "none.npz"})),
      test("TestDataOfOtherChannels", {"2 input", "train.npz"},
           set(smooth_npy({2, 2, 8, 8}), smooth_npy({2, 1, 8, 8}), "test.npz")),
      test("TestDataOfOtherDimensions", {"1 dimensions"},
           set(smooth_npy({2, 1, 8}), smooth_npy({2, 1, 8}), "test.npz")),
      test("NanInTheTestData", {"'y'", "nan", "(0, 0, 0, 7)"},
           set(smooth_npy({2, 1, 8, 8}), spoilt_npy({2, 1, 8, 8}, 7, std::nanf("")), "test.npz")),
  };
}

}  // namespace fno::test
