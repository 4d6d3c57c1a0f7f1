using System.Globalization;
using System.Text;

namespace Ilab.Engine.Store.Catalog;

/// <summary>Spells letters of the Latin script in ASCII. The service runs without the system's culture data, which could take them apart.</summary>
internal static class LatinLetters
{
    private static readonly Dictionary<char, string> Spellings = Read(
        "A ÀÁÂÃÄÅĀĂĄ a àáâãäåāăą AE Æ ae æ C ÇĆĈĊČ c çćĉċč D ÐĎĐ d ðďđ E ÈÉÊËĒĔĖĘĚẼ e èéêëēĕėęěẽ G ĜĞĠĢ g ĝğġģ H ĤĦ h ĥħ I ÌÍÎÏĨĪĬĮİ i ìíîïĩīĭįı J Ĵ j ĵ "
            + "K Ķ k ķ L ĹĻĽĿŁ l ĺļľŀł N ÑŃŅŇ n ñńņň O ÒÓÔÕÖØŌŎŐƠ o òóôõöøōŏőơ OE Œ oe œ R ŔŖŘ r ŕŗř S ŚŜŞŠȘ s śŝşšș SS ẞ ss ß T ŢŤŦȚ t ţťŧț TH Þ th þ "
            + "U ÙÚÛÜŨŪŬŮŰŲƯ u ùúûüũūŭůűųư W Ŵ w ŵ Y ÝŶŸ y ýÿŷ Z ŹŻŽ z źżž"
    );

    /// <summary>Letters with a usual spelling, without their marks; everything else as it is.</summary>
    public static string Spell(string text)
    {
        var spelled = new StringBuilder();
        foreach (var character in text)
        {
            if (Spellings.TryGetValue(character, out var spelling))
            {
                spelled.Append(spelling);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark)
            {
                spelled.Append(character);
            }
        }

        return spelled.ToString();
    }

    /// <param name="table">Spellings, each with the letters that it stands for.</param>
    private static Dictionary<char, string> Read(string table) =>
        table.Split(' ').Chunk(2).SelectMany(static pair => pair[1].Select(letter => (letter, pair[0]))).ToDictionary();
}
