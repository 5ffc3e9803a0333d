#pragma once

#include <string>
#include <vector>

#include "tests/tools/training/train_test_support.h"

namespace fno::compare {

using training::InFolder;
using training::Json;
using training::json_of_file;
using training::text_of_file;
using Words = std::vector<std::string>;

/// `fno compare` of a data set and networks that take a second, with more flags behind.
inline Words compare_words(const std::string& out, const std::string& architectures, const Words& more = {}) {
  Words words{"compare", "--architectures", architectures, "--output-dir",  out,   "--N",
              "16",      "--size",          "64",          "--nimgs-train", "1",   "--nimgs-test",
              "1",       "--fno-width",     "4",           "--fno-modes",   "4",   "--outer-offset-train",
              "16",      "--threads",       "1",           "--device",      "cpu", "--outer-offset-test",
              "8"};
  const auto given = [&](const std::string& flag) { return std::ranges::find(more, flag) != more.end(); };
  if (!given("--fno-blocks")) words.insert(words.end(), {"--fno-blocks", "2"});
  if (!given("--torch-epochs") && !given("--epochs")) words.insert(words.end(), {"--epochs", "2"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

struct Outcome {
  int code = 0;
  std::string out, err;
};

/// The command run in this process.
inline Outcome run_words(const Words& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  try {
    outcome.code = test::run_words(words);
  } catch (...) {
    (void)testing::internal::GetCapturedStdout();
    (void)testing::internal::GetCapturedStderr();
    throw;
  }
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

}  // namespace fno::compare
