// fno convert and fno inspect on the files of other programs that lie in tests/tools/files/data.
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/program.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/matlab_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/npz.h"

namespace fno::test {
namespace {

using nlohmann::json;

std::string data(const std::string& name) { return std::string(FNO_SOURCE_DIR) + "/tests/tools/files/data/" + name; }

TEST(Convert, TakesArraysUnderNewNamesWithTheirAxesInAnotherOrder) {
  const Scratch place;
  write_npz(place.path("in.npz"),
            std::vector<NamedArray>{{"u", make_host_array(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}, {2, 2, 2})},
                                    {"n", make_host_array(std::vector<std::int64_t>{7}, {1})}},
            true);
  const Outcome done = run_fno(place, {"convert", "--data", "in.npz", "--output", "out.npz", "--array", "u=y",
                                       "--array", "n", "--axes", "0,2,1", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(json::parse(done.out)["arrays"][0], json({{"name", "y"}, {"type", "float32"}, {"shape", {2, 2, 2}}}));
  const NpzReader out(place.path("out.npz"));
  EXPECT_EQ(out.names(), (std::vector<std::string>{"y", "n"}));
  EXPECT_EQ(out.read("y").to_floats(), (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(out.read("n").to_doubles(), std::vector<double>{7});
}

TEST(Convert, GivesTheSameArraysInEveryFormat) {
  const Scratch place;
  std::vector<std::string> sources{"dict.pt", "stored.npz", "deflated.npz"};
  if (!hdf5_version().empty()) sources.insert(sources.end(), {"types.h5", "v73.mat"});
  for (const std::string& source : sources) {
    std::vector<std::string> targets{"a.npz"};
    if (!hdf5_version().empty()) targets.push_back("a.h5");
    for (const std::string& target : targets) {
      ASSERT_EQ(run_fno(place, {"convert", data(source), target, "--compress", "--force"}).code, 0) << source << target;
      const auto in = open_array_file(data(source)), out = open_array_file(place.path(target));
      for (const std::string& name : in->names()) {
        if (!in->info(name).type) continue;
        EXPECT_EQ(out->read(name).shape, in->read(name).shape) << source << target << name;
        // NumPy pads texts to their longest, as HDF5 is read; other elements are the same bytes.
        if (in->info(name).type == HostType::text)
          EXPECT_EQ(out->read(name).to_texts(), in->read(name).to_texts()) << source << target << name;
        else
          EXPECT_EQ(out->read(name).bytes, in->read(name).bytes) << source << target << name;
      }
    }
  }
}

TEST(Convert, RefusesInOneLineAndLeavesNothing) {
  const Scratch place;
  write_npz(place.path("there.npz"), std::vector<NamedArray>{{"x", make_host_scalar(1.0f)}}, false);
  const auto before = place.files();
  const std::string in = data("dict.pt");
  const struct {
    Words words;
    int code;
    const char* part;
  } cases[] = {{{in, "there.npz"}, 6, "--force"},
               {{in, "out.txt"}, 2, ".npz, .h5 or .hdf5"},
               {{in}, 2, "or IN OUT"},
               {{"--data", in, "out.npz", "--output", "more.npz"}, 2, "3 files"},
               {{in, "out.npz", "--array", "z"}, 3, "'x', 'y'"},
               {{in, "out.npz", "--array", "x=a", "--array", "y=a"}, 2, "twice"},
               {{in, "out.npz", "--axes", "0,0,1"}, 2, "permutation"},
               {{data("evil_call.pt"), "out.npz"}, 3, "'os.system'"},
               {{data("bfloat.pt"), "out.npz", "--array", "0"}, 3, "BFloat16"},
               {{in, "no/out.npz"}, 6, "no/out.npz"}};
  for (const auto& [arguments, code, part] : cases) {
    Words words{"convert"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Outcome refused = run_fno(place, words);
    EXPECT_EQ(refused.code, code) << refused.err;
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
    EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
    EXPECT_EQ(place.files(), before);
  }
}

TEST(Inspect, NamesTheLayoutsOfTheField) {
  if (hdf5_version().empty()) GTEST_SKIP() << "built without HDF5";
  const Scratch place;
  for (const auto& [name, part] : {std::pair{"pdebench.h5", "PDEBench"}, {"well.h5", "The Well"}, {"v73.mat", "FNO"}}) {
    const Outcome shown = run_fno(place, {"inspect", data(name), "--json"});
    ASSERT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(json::parse(shown.out)["layout"].get<std::string>().find(part), std::string::npos) << shown.out;
  }
}

TEST(Inspect, RefusesFilesThatWereCutOff) {
  const Scratch place;
  Words files{"stored.npz", "deflated.npz", "v1.npy", "dict.pt"};
  if (!hdf5_version().empty()) files.insert(files.end(), {"v73.mat", "pdebench.h5"});
  if (!matio_version().empty()) files.insert(files.end(), {"v5.mat", "v5_deflated.mat"});
  for (const std::string& name : files) {
    const std::string whole = text_of(data(name));
    for (const std::size_t lost : {std::size_t{1}, std::size_t{16}, whole.size() / 3}) {
      put_text(place.path(name), whole.substr(0, whole.size() - lost));
      const Outcome refused = run_fno(place, {"inspect", name});
      EXPECT_EQ(refused.code, 3) << name << " without " << lost << ": " << refused.out;
      EXPECT_NE(refused.err.find(name), std::string::npos) << refused.err;
    }
    EXPECT_EQ(run_fno(place, {"inspect", data(name)}).code, 0) << name;
  }
}

}  // namespace
}  // namespace fno::test
