#include "tests/support/onnxruntime.h"

#include <cstdlib>

namespace fno::test {

std::optional<bool> agrees_in_onnxruntime(const std::string& folder) {
  const auto succeeds = [](const std::string& command) { return std::system(command.c_str()) == 0; };
  const char* const given = std::getenv("FNO_ONNX_PYTHON");
  std::string python = given != nullptr ? given : FNO_ONNX_PYTHON;
  python = "'" + (python.empty() ? "python3" : python) + "' ";
  if (!succeeds(python + "-c 'import numpy, onnxruntime' 2>/dev/null")) return std::nullopt;
  return succeeds(python + "'" FNO_SOURCE_DIR "/tests/support/run_onnx.py' '" + folder + "'");
}

}  // namespace fno::test
