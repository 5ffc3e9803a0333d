#pragma once

#include <optional>
#include <string>

namespace fno::test {

/// Runs every CASE.onnx of the folder in onnxruntime, an implementation that is not ours, on x1 and x3 of CASE.npz, and
/// compares with y1 and y3 (run_onnx.py). Nothing where no Python has onnxruntime: kNoOnnxruntime says what to do.
/// The Python is that of FNO_ONNX_PYTHON in the environment, else in CMake's cache, else python3.
[[nodiscard]] std::optional<bool> agrees_in_onnxruntime(const std::string& folder);

inline constexpr const char* kNoOnnxruntime =
    "no Python with onnxruntime and numpy: name one in the environment as FNO_ONNX_PYTHON; libonnx alone has checked "
    "the graphs";

}  // namespace fno::test
