#pragma once

#include <algorithm>
#include <cmath>

#include "tests/tools/cli/bad_input_cases.h"
#include "tests/tools/tasks/ptychography/small_scan.h"
#include "tests/tools/tasks/ptychography/small_set.h"

namespace fno::test {

/// `base` with `more` in place of or beside its flags.
inline Words with_flags(Words words, const std::vector<std::pair<std::string, std::string>>& flags, const Words& more) {
  for (const auto& [flag, value] : flags)
    if (std::ranges::find(more, flag) == more.end()) words.insert(words.end(), {flag, value});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// `fno simulate grid-lines` of a small set into the folder set: 49 training and 169 test patches of 16 x 16.
inline Words grid_lines_words(const Words& more = {}) {
  return with_flags({"simulate", "grid-lines", "--quiet"},
                    {{"--output", "set"},
                     {"--N", "16"},
                     {"--size", "64"},
                     {"--outer-offset-train", "16"},
                     {"--outer-offset-test", "8"},
                     {"--nimgs-train", "1"},
                     {"--nimgs-test", "1"},
                     {"--threads", "1"}},
                    more);
}

/// `fno train --task ptychography` of a tiny network on that set into run.
inline Words ptychography_words(const Words& more = {}) {
  return with_flags({"train", "--task", "ptychography"},
                    {{"--architecture", "hybrid"},
                     {"--data", "set/train.npz"},
                     {"--output-dir", "run"},
                     {"--epochs", "1"},
                     {"--fno-width", "4"},
                     {"--fno-modes", "3"},
                     {"--fno-blocks", "2"},
                     {"--threads", "1"},
                     {"--device", "cpu"}},
                    more);
}

inline Step grid_lines_made(const Words& more = {}) {
  return [=](const Scratch& place) { ASSERT_EQ(run_fno(place, grid_lines_words(more)).code, 0); };
}

inline Step ptychography_trained(Words more = {}) {
  more.push_back("--quiet");
  return [=](const Scratch& place) { ASSERT_EQ(run_fno(place, ptychography_words(more)).code, 0); };
}

/// The metadata no longer say this, as those of another program.
inline std::function<void(std::vector<NamedArray>&)> forget(const std::string& key) {
  return [=](std::vector<NamedArray>& arrays) {
    ptychography::change_metadata(arrays, [&](ptychography::Json& json) {
      json["creation_info"]["program"] = "another";
      for (auto& [group, values] : json.items())
        if (values.is_object()) values.erase(key);
    });
  };
}

/// scan.npz, a measurement of 40 patterns of 16 x 16, with one thing changed.
inline Step scan_made(const std::function<void(std::vector<NamedArray>&)>& change = {}, bool truth = false) {
  return [=](const Scratch& place) {
    std::vector<NamedArray> arrays = ptychography::scan_arrays(ptychography::small_scan(), truth);
    if (change) change(arrays);
    write_npz(place.path("scan.npz"), arrays, false);
  };
}

/// `fno train --task ptychography` on it.
inline Words scan_words(Words more = {}) {
  if (std::ranges::find(more, "--data") == more.end()) more.insert(more.end(), {"--data", "scan.npz"});
  return ptychography_words(more);
}

/// Photons where amplitudes belong.
inline std::function<void(std::vector<NamedArray>&)> counts() {
  return [](std::vector<NamedArray>& arrays) {
    HostArray& x = ptychography::array_of(arrays, "diffraction");
    for (std::size_t at = 0; at < x.bytes.size(); at += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, x.bytes.data() + at, sizeof value);
      value = 1e6f * value * value;
      std::memcpy(x.bytes.data() + at, &value, sizeof value);
    }
  };
}

}  // namespace fno::test
