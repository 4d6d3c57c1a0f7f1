using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Products;

/// <summary>Reads a graph's attention node.</summary>
internal static unsafe class AttentionNode
{
    /// <summary>From so many queries on there is enough for a kernel; fewer are llama.cpp's.</summary>
    public const long FewestQueries = 64;

    private const int F32 = 0;
    private const int F16 = 1;
    private const int Step = 32;

    /// <summary>Whether it is the ordinary kind: F32 queries, F16 keys and values, no bias by position, no cap on scores, no sinks.</summary>
    public static bool IsOrdinary(GgmlTensor* node)
    {
        var (query, key, value, mask) = Sources(node);
        var parameters = (float*)node->op_params;
        return Vectors.IsSupported
            && query->ne[1] - StepRows.Single >= FewestQueries
            && (StepRows.Single == 0 || AttentionFacts.IsOurs(node))
            && query->ne[3] == 1
            && key->ne[3] == 1
            && value->ne[3] == 1
            && query->type == F32
            && key->type == F16
            && value->type == F16
            && query->nb[0] == sizeof(float)
            && key->nb[0] == sizeof(ushort)
            && value->nb[0] == sizeof(ushort)
            && key->ne[0] % Step == 0
            && value->ne[0] % Step == 0
            && key->ne[1] % Step == 0
            && query->ne[2] % key->ne[2] == 0
            && key->ne[2] == value->ne[2]
            && parameters[1] == 0
            && parameters[2] == 0
            && node->src[4] == 0
            && (mask == null || (mask->type == F16 && mask->nb[0] == sizeof(ushort) && (mask->ne[2] == 1 || mask->ne[2] == query->ne[2]) && mask->ne[3] == 1));
    }

    /// <summary>Everything but lanes and addresses, of all queries but some at the beginning.</summary>
    public static void Describe(GgmlTensor* node, int leftOut, AttentionTask* task)
    {
        var (query, key, value, mask) = Sources(node);
        task->Query = Rows(query);
        task->Key = Rows(key);
        task->Value = Rows(value);
        task->Mask = mask == null ? default : new Matrix { Choice = mask->ne[2] == 1 ? 0 : mask->nb[2], Token = mask->nb[1] };
        (task->Queries, task->Heads, task->Depth) = (query->ne[1] - leftOut, query->ne[2], query->ne[0]);
        task->LeftOut = leftOut;
        (task->Keys, task->KeyHeads, task->ValueDepth) = (key->ne[1], key->ne[2], value->ne[0]);
        task->Scale = *(float*)node->op_params;
    }

    /// <summary>The addresses, which are known when the graph has come so far.</summary>
    public static void Locate(GgmlTensor* node, AttentionTask* task)
    {
        var (query, key, value, mask) = Sources(node);
        task->Query.Data = query->data + ((ulong)task->LeftOut * query->nb[1]);
        task->Key.Data = key->data;
        task->Value.Data = value->data;
        task->Mask.Data = mask == null ? null : mask->data + ((ulong)task->LeftOut * mask->nb[1]);
        task->Target = (float*)(node->data + ((ulong)task->LeftOut * node->nb[2]));
    }

    private static Matrix Rows(GgmlTensor* tensor) => new() { Choice = tensor->nb[2], Token = tensor->nb[1] };

    private static NodeSources Sources(GgmlTensor* node) => new(node);

    private readonly struct NodeSources(GgmlTensor* node)
    {
        private readonly GgmlTensor* _node = node;

        public void Deconstruct(out GgmlTensor* query, out GgmlTensor* key, out GgmlTensor* value, out GgmlTensor* mask)
        {
            query = (GgmlTensor*)_node->src[0];
            key = (GgmlTensor*)_node->src[1];
            value = (GgmlTensor*)_node->src[2];
            mask = (GgmlTensor*)_node->src[3];
        }
    }
}
