#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/cli/program.h"

namespace fno::test {

[[nodiscard]] inline nlohmann::json json_of(const Scratch& folder, const std::string& name) {
  return nlohmann::json::parse(text_of(folder.path(name)));
}

[[nodiscard]] inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// A folder of its own in which the program runs.
class InFolder : public ::testing::Test {
 protected:
  /// Runs to its end, and well.
  Outcome ok(const Words& words, const Conditions& conditions = {}) const {
    Outcome outcome = run_fno(place_, words, conditions);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  [[nodiscard]] nlohmann::json read(const std::string& name) const { return json_of(place_, name); }
  [[nodiscard]] std::string text(const std::string& name) const { return text_of(place_.path(name)); }
  Scratch place_;
};

/// Every file in the folder is whole, judged by its kind, and none is a temporary. With `killed` a temporary may stand.
inline void expect_complete_files(const Scratch& folder, bool killed = false) {
  for (const auto& [name, text] : folder.files()) {
    const auto ends_with = [&text = text](const std::string& end) { return text.ends_with(end); };
    const std::size_t slash = name.rfind('/');
    const bool temporary = name[slash == std::string::npos ? 0 : slash + 1] == '.';
    EXPECT_TRUE(killed || !temporary) << name;
    if (temporary) continue;
    EXPECT_FALSE(text.empty()) << name;
    const auto is = [&name = name](const char* kind) { return name.ends_with(kind); };
    EXPECT_TRUE(!is(".json") || nlohmann::json::accept(text)) << name;
    EXPECT_TRUE(!is(".jsonl") || ends_with("\n")) << name;
    EXPECT_TRUE(!is(".html") || ends_with("</html>\n")) << name;
    EXPECT_TRUE(!is(".svg") || ends_with("</svg>\n")) << name;
    EXPECT_TRUE(!is(".png") || ends_with("IEND\xae\x42\x60\x82")) << name;
    EXPECT_TRUE(!is(".ckpt") || ends_with("FNOEND\r\n")) << name;
    const bool inspected = is(".ckpt") || is(".safetensors") || is(".npz");
    EXPECT_TRUE(!inspected || run_fno(folder, {"inspect", name}).code == 0) << name;
    EXPECT_NO_THROW(EXPECT_TRUE(!is(".jsonl") || !json_lines(text).empty())) << name;
  }
}

}  // namespace fno::test
