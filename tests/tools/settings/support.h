#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "framework/error.h"
#include "tests/tools/command_words.h"

namespace fno::settings {

using Words = std::vector<std::string>;

inline Words split(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// The flags that every training run needs, with more behind them.
inline Words train_words(const std::string& more = {}) {
  Words words = split("train --task operator --architecture fno_operator --data train.npz --output-dir run");
  for (std::string& word : split(more)) words.push_back(std::move(word));
  return words;
}

inline Settings train(const std::string& more = {}) { return test::train_settings(train_words(more)); }

/// The same for --task ptychography.
inline Settings ptychography(const std::string& more = {}, const std::string& architecture = "hybrid") {
  Words words = split("train --task ptychography --data train.npz --output-dir run --architecture " + architecture);
  for (std::string& word : split(more)) words.push_back(std::move(word));
  return test::train_settings(words);
}

/// The line of the error that `action` throws; its kind must be config.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "no error";
}

/// A folder of its own for the test, removed afterwards. Tests may run side by side, so the process is in the name.
class InFolder : public testing::Test {
 protected:
  InFolder() { std::filesystem::create_directories(folder_); }
  ~InFolder() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("fno_config_" + std::to_string(::getpid()));
};

}  // namespace fno::settings
