using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>What must be true of a tensor before its memory is read as a matrix.</summary>
internal static unsafe class TensorFacts
{
    private const int F32 = 0;

    /// <summary>Floats, row after row, with nothing between.</summary>
    public static bool IsPlainFloat(GgmlTensor* tensor) => tensor->type == F32 && tensor->nb[0] == sizeof(float) && IsDense(tensor);

    /// <summary>Whether a product asks for nothing that is done otherwise here: a transformed source, or activations that must stay in F32.</summary>
    public static bool IsOrdinaryProduct(GgmlTensor* node)
    {
        const int F32Precision = 10;
        var parameters = (int*)node->op_params;
        return parameters[1] == 0 && parameters[3] != F32Precision;
    }

    /// <summary>Floats in whole rows, wherever the rows lie.</summary>
    public static bool HasFloatRows(GgmlTensor* tensor) => tensor->type == F32 && tensor->nb[0] == sizeof(float) && tensor->ne[3] == 1;

    /// <summary>A matrix of a model's weights, or a stack of them, that can be turned into floats.</summary>
    public static bool IsWeight(GgmlTensor* tensor) =>
        tensor->view_src == null
        && tensor->buffer != 0
        && GgmlApi.ggml_backend_buffer_get_usage(tensor->buffer) == GgmlApi.WeightsUsage
        && tensor->ne[3] == 1
        && Products.WeightRows.CanRead(tensor->type);

    private static bool IsDense(GgmlTensor* tensor)
    {
        var stride = tensor->nb[0] * (ulong)tensor->ne[0];
        for (var dimension = 1; dimension < 4; dimension++)
        {
            if (tensor->ne[dimension] != 1 && tensor->nb[dimension] != stride)
            {
                return false;
            }

            stride *= (ulong)tensor->ne[dimension];
        }

        return true;
    }
}
