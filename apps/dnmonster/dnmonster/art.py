"""The drawings: every part of a monster, as text.

A row of ten characters is the left half of a symmetric row and is mirrored; a row of
twenty is drawn as it stands; a shorter one is filled up with nothing on its right (and
mirrored). Each character names a colour of the palette:

    .  nothing          b  body            a  accent          w  white
    #  outline          s  body, shaded    d  accent, dark    k  ink
    l  body, light      h  body, shining   y  ivory           i  iris
    r  inside of a mouth                   t  tongue, blush
"""

from typing import NamedTuple

# What most monsters wear comes first: a picture holds colours only up to its last.
INKS = ".#bshkwladytri"


class Body(NamedTuple):
    """A body, and the rows (from its top) at which its eyes and its shoulders are."""

    rows: str
    face: int = 2
    shoulder: int = 6


# A body's third row covers columns 5 to 14, so that whatever grows on a head has a root;
# it stays within columns 3 to 16, so that arms have room.
BODIES = {
    "drop": Body("""
        .........b
        .......bbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        .....bbbbb
    """),
    "barrel": Body("""
        ......bbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
    """),
    "ball": Body("""
        .......bbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        .......bbb
    """),
    "egg": Body("""
        .......bbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
    """),
    "block": Body("""
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
    """),
    "ghost": Body("""
        .......bbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bb.bb.b
    """),
    "pear": Body(
        """
        .......bbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        .....bbbbb
    """,
        shoulder=7,
    ),
    "bighead": Body(
        """
        ......bbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
    """,
        shoulder=9,
    ),
    "bell": Body(
        """
        ........bb
        ......bbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
    """,
        face=3,
        shoulder=7,
    ),
    "cloud": Body("""
        .......bb.
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bb.bbb
    """),
    "fluff": Body("""
        ......b.b.
        ....b.bbbb
        .....bbbbb
        ....bbbbbb
        .....bbbbb
        ....bbbbbb
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        .....b.b.b
    """),
    "blob": Body(
        """
        .......bbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
    """,
    ),
    "bean": Body("""
        ......bbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
    """),
    "heart": Body(
        """
        .....bbb..
        ....bbbbb.
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
        .......bbb
    """,
        shoulder=5,
    ),
    "gem": Body(
        """
        .......bbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
        .......bbb
    """,
        shoulder=5,
    ),
    "gourd": Body(
        """
        ......bbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
    """,
        shoulder=8,
    ),
}

# Behind everything. The first row is the canvas's sixth.
BACKS = {
    "nothing": "",
    "bee's wings": """
        .ww
        .wlww
        .wwlww
        ..wwwww
        ...wwww
    """,
    "spines": """
        ..a
        ..aaaa
        ....aa
        .aaaaa
        ....aa
        ..aaaa
        ....aa
        ....aa
        ..aaaa
        ....aa
        .aaaaa
    """,
    "cape": """


        ....aaaaaa
        ...aaaaaaa
        ..daaaaaaa
        ..daaaaaaa
        ..daaaaaaa
        .daaaaaaaa
        .daaaaaaaa
        .ddaaaaaaa
        .daaaaaaaa
        .dd..aaaaa
    """,
    "shell": """
        ...aaaaaaa
        ..adaaaaaa
        ..aadaaaaa
        .aaaaaaaaa
        .adaaaaaaa
        .aadaaaaaa
        .aaaaaaaaa
        .adaaaaaaa
        ..adaaaaaa
        ...aaaaaaa
    """,
    "mane": """
        ...aa.aaaa
        ..aaaaaaaa
        ..daaaaaaa
        .aadaaaaaa
        .aaaaaaaaa
        ..daaaaaaa
        ..aaaaaaaa
        ...adaaaaa
        ....a.aaaa
    """,
    "sunbeams": """
        ...y..yyyy
        ....yyyyyy
        .....yyyyy
        .yyyyyyyyy
        .....yyyyy
        ....yyyyyy
        ...y.yyyyy
    """,
    "curly tail": """








        ................bb..
        .................bb.
        ...............b..b.
        ...............bbbb.
        ............bbbb....
    """,
    "imp's tail": """








        .................a..
        ................aaa.
        .................b..
        ................bb..
        ............bbbbb...
    """,
    "fluffy tail": """







        ..aa................
        .aaaa...............
        .aaabb..............
        .abbbb..............
        ..bbbbb.............
        ....bbbb............
    """,
    "dragon's tail": """







        .y..................
        .by.................
        .bb.................
        .bbby...............
        ..bbbbb.............
        ....bbbb............
    """,
    "lightning tail": """








        ................aaa.
        ...............aaa..
        ................aaa.
        ..............aaaa..
        ............aaaa....
    """,
}

# Behind the body. The first row is the one above the body's last.
LEGS = {
    "feet": """
        .....bbb
        .....bbb
        .....bbb
        ....bbbb
    """,
    "close feet": """
        ......bbb
        ......bbb
        ......bbb
        .....bbbb
    """,
    "clawed feet": """
        .....bbb
        .....bbb
        ....bbbb
        ....ybyb
    """,
    "boots": """
        .....bbb
        .....bbb
        .....aaa
        ....aaaa
    """,
    "trainers": """
        .....bbb
        .....bbb
        ....aaaa
        ...wwwww
    """,
    "four legs": """
        ....bb.bb
        ....bb.bb
        ....bb.bb
        ....bb.bb
    """,
    "tentacles": """
        ....bb.bb
        ....bb.bb
        ...bb..bb
        ..bb..bb
    """,
    "bird's legs": """
        ......y
        ......y
        ......y
        ....yyyy
    """,
    "snail's foot": """
        ....bbbbbb
        ...bbbbbbb
        ..bbbbbbbb
        .sbbsbbsbb
    """,
    "hopper": """
        ........bb
        ........bb
        .......bbb
        .....bbbbb
    """,
    "elephant's legs": """
        ....bbbb
        ....bbbb
        ....bbbb
        ....wbwb
    """,
    "wheels": """
        .....aa
        ....aaaa
        ....aywa
        .....aa
    """,
    "stilts": """
        .....dd
        .....dd
        .....dd
        .....aaa
    """,
    "flippers": """
        ......bb
        ......bb
        .....aaa
        ..aaaaaa
    """,
}

# Behind the body. The fourth row is the shoulder's; the body's edge is at column 4.
ARMS = {
    "stubs": """


        ..bbb
        .bbbbb
        ..bbb
    """,
    "cheering": """
        .b
        .bb
        .bb
        ..bbbb
        ...bbb
    """,
    "hanging": """


        ...bbb
        ..bbbb
        ..bb
        .bbb
        .bb
    """,
    "claws": """
        .y.y
        .bbb
        ..bb
        ..bbbb
        ...bbb
    """,
    "flippers": """


        ...bbb
        ..bbbb
        .bbbb
        .bbb
        ..b
    """,
    "mittens": """


        ...bbb
        ..bbbb
        .aaa
        .aaa
        ..a
    """,
    "waving": """
        .b..................
        bb..................
        .bb.................
        ..bbbb........bbb...
        ...bbb........bbbb..
        ................bb..
        ................bbb.
    """,
    "on the hips": """


        ..bbbb
        .bb
        .b
        .bb
        ..bbbb
    """,
    "pincers": """
        .a.a
        .a.a
        .aaa
        ..dbbb
        ...bbb
    """,
    "bat wings": """
        .a
        .aa
        .aaaa
        .daaaa
        .a.daa
        ....da
    """,
    "angel's wings": """
        ..ww
        .wwwww
        .wlwww
        ..wwlw
        ..wlww
        ...www
        ....w
    """,
    "butterfly's wings": """
        .aaa
        .ayaa
        .aaaaa
        ...aaa
        ..aaaa
        .adaaa
        .aaa
    """,
    "fins": """
        .a
        .aa
        .adaaa
        ..aada
        .adaaa
        .aa
    """,
}

# In front of everything, beside the eyes. The seventh row is the shoulder's.
HELD = {
    "nothing": "",
    "lollipop": """

        ................aaa.
        ................awa.
        ................aaa.
        .................y..
        .................y..
        ................bb..
        .................y..
    """,
    "flag": """
        ................yaa.
        ................ywa.
        ................yaa.
        ................y...
        ................y...
        ................y...
        ................bb..
        ................y...
    """,
    "flower": """

        .................t..
        ................tyt.
        .................t..
        .................l..
        ................ll..
        ................bb..
        .................l..
    """,
    "balloon": """
        ................aaa.
        ................waa.
        ................aaa.
        .................a..
        .................k..
        ................k...
        ................k...
        ................bb..
    """,
    "wand": """

        .................y..
        ................ywy.
        .................y..
        .................d..
        .................d..
        ................bb..
        .................d..
    """,
    "ice cream": """


        .................t..
        ................twt.
        ................lll.
        ................yyy.
        ................bb..
        .................y..
    """,
    "sword": """

        .................w..
        .................w..
        .................w..
        .................w..
        ................yyy.
        ................bb..
        .................y..
    """,
    "umbrella": """

        .................a..
        ................aya.
        ................aya.
        .................k..
        .................k..
        ................bb..
        .................k..
    """,
    "fish": """





        ...............l.ll.
        ...............llkl.
        ...............llll.
        ...............bb...
    """,
    "book": """





        ...............aaaa.
        ...............awwa.
        ...............aaaa.
        ...............abba.
    """,
    "cup": """




        ................w...
        .................w..
        ...............aaa..
        ...............aada.
        ...............bba..
    """,
    "lantern": """





        ...............bbbb.
        .................k..
        ................yyy.
        ................ywy.
        ................ddd.
    """,
}

# Behind the body. The last row is the body's third.
HORNS = {
    "nothing": "",
    "imp's horns": """
        ...y
        ...yy
        ...yyy
        ....yyy
        .....yyy
        ......yy
    """,
    "cat's ears": """
        ....bb
        ....bbb
        ....btbb
        ....bttbb
        .....btbb
        .....bbbb
    """,
    "bunny's ears": """
        .....bb
        ....btbb
        ....btbb
        ....btbb
        .....btb
        .....bbb
        .....bbb
    """,
    "antennae": """
        ....aa
        ....aa
        ......d
        ......d
        .......d
        .......d
        .......d
    """,
    "unicorn's horn": """
        .........y
        .........y
        ........yw
        ........wy
        .......yyw
        .......wyy
        .......yyy
    """,
    "bear's ears": """
        ...bbb
        ..bbbbb
        ..bttbbb
        ..btbbbb
        ...bbbbb
    """,
    "mohawk": """
        .........a
        .......a.a
        .......aaa
        ......aaaa
        ......adad
        ......aaaa
        ......aaaa
    """,
    "dinosaur's crest": """
        .........a
        .....a..aa
        .....a..aa
        ....aaa.aa
        ....aaaaaa
        .....aaaaa
    """,
    "lamb's ears": """
        ..aaa
        .aaaaaa
        .dataaaa
        ..daaaaa
        ....aaaa
    """,
    "sprout": """
        .....aaa
        ....aaaad
        .....adda
        ........da
        .........d
        .........d
        .........d
    """,
    "bull's horns": """
        ..y
        .yy
        .yyy
        ..yyyy
        ...yyyyy
        .....yyy
    """,
    "antlers": """
        ..y.y
        ..y.y.y
        ..yyyyy
        ....yy
        .....yy
        ......yy
        ......yy
    """,
    "mouse's ears": """
        ..aaa
        .aattaa
        .atttaa
        .aattaa
        ..aaaaaa
        ....aaaa
    """,
    "lamp": """
        ........yy
        ........yw
        ........yy
        .........d
        .........d
        .........d
        .........d
    """,
    "curls": """
        ......aa
        ....aaaa.a
        ...aadaaaa
        ...aaaadaa
        ...aaaaaaa
        ....aaaaaa
        ....aaaaaa
    """,
    "quiff": """
        .........aaaa.......
        .......aaaaaaa......
        ......aaaa..aa......
        ......aaaaa.........
        ......aaaaaa........
        ......aaaaaaa.......
    """,
}

# In front of the body, and behind the eyes. The last row is the body's first.
HATS = {
    "nothing": "",
    "top hat": """
        .....aaaaa
        .....aaaaa
        .....aaaaa
        .....ddddd
        ...aaaaaaa
    """,
    "crown": """
        .....y...y
        .....yy.yy
        .....yyyyy
        .....ytyyt
    """,
    "party hat": """
        .........w
        .........a
        ........ww
        .......aaa
        ......waaw
    """,
    "woolly hat": """
        .........w
        .......aaa
        .....aaaaa
        .....aaaaa
        ....wlwlwl
    """,
    "cap": """
        .......aaaaaa.......
        .....aaaaaaaaa......
        ....aaaaaaaaaaa.....
        ....ddddddddddddddd.
    """,
    "cowboy's hat": """
        ......aa.a
        ......aaaa
        .a....aaaa
        .aa...dddd
        ..aaaaaaaa
    """,
    "wizard's hat": """
        ..........aaa.......
        ........aaa.........
        .......aayaa........
        ......aaaaayaa......
        ...aaaaaaaaaaaaaa...
    """,
    "cook's hat": """
        .....www.w
        ....wwwwww
        ....wwlwww
        .....wwlww
        .....llwll
    """,
    "bowler": """
        .......aaa
        .....aaaaa
        .....aaaaa
        .....ddddd
        ...aaaaaaa
    """,
    "straw hat": """
        ......yyyy
        .....yyyyy
        .....aaaaa
        .yyyyyyyyy
    """,
    "scholar's cap": """
        .........dd.........
        ......dddddddd......
        ..dddddddddddddddd..
        .....aaaaaaaaaa..y..
        .....aaaaaaaaaa..y..
    """,
    "helmet": """
        .yy
        .yy....aaa
        ..yy.aaaaa
        ...yaaaaaa
        ....addadd
    """,
    "bucket": """
        .....dllll
        .....lllll
        ....llllll
        ....ssssss
    """,
}

# On the body, and cut to its shape. The first row is the canvas's sixth.
COATS = {
    "plain": "",
    "belly": """







        .......lll
        ......llll
        ......llll
        ......llll
        .......lll
    """,
    "ribbed belly": """







        .......lll
        ......llll
        ......ssss
        ......llll
        ......ssss
    """,
    "tiger": """
        ...ddd

        ...dddd

        ...dd

        ...dddd

        ...ddd
    """,
    "spots": """

        .......ss...........
        .......ss....ss.....
        .............ss.....

        ....ss..........s...
        ....ss..............
        ..............ss....
        .....s........ss....
        ...ss...ss..........
        ...ss...ss....s.....
        .............ss.....
    """,
    "bright spots": """
        .........a..........
        .....aa.......a.....
        .....aa.............
        ..............aa....
        ....a.........aa....

        .....a..............
        ..............a.....
        ....aa........aa....
        ....aa..............
        ..........aa....a...
        ......a...aa........
    """,
    "trousers": """









        aaaaaaaaaa
        aaaaaaaaad
        aaaaaaaaad
    """,
    "jersey": """








        aaaaaaaaaa
        llllllllll
        aaaaaaaaaa
        llllllllll
    """,
    "loving": """








        .......tw..tt.......
        .......tttttt.......
        ........tttt........
        .........tt.........
    """,
    "masked": """


        ......dddd
        ....dddddd
        ....dddddd
        ....dddddd
        .....ddddd
    """,
    "hooded": """
        aaaaaaaaaa
        aaaaaaaaaa
        aaaaaa.aaa
        aaaa.....a
        aaa
        a
    """,
    "buttoned": """








        .........yy
        ....................
        .........yy
    """,
    "scaly": """







        .....s.s.s
        ....s.s.s.
        .....s.s.s
        ....s.s.s.
        .....s.s.s
    """,
    "dipped": """








        l..l..l..l
        llllllllll
        llllllllll
        llllllllll
    """,
    "patched": """

        ..........ssssss....
        ..........sssssss...
        ..........sssssss...
        ..........sssssss...
        ..........sssssss...
        ...........sssss....
    """,
}

# On the body. The last row is the face's fourth, or its fifth where there are more.
EYES = {
    "round": """
        ......ww....ww......
        .....wwkw..wwkw.....
        .....wkkw..wkkw.....
        ......ww....ww......
    """,
    "beads": """
        ......wk....wk......
        ......kk....kk......
        ......kk....kk......
    """,
    "wide": """
        .....wwww..wwww.....
        .....wwkw..wkww.....
        .....wkkw..wkkw.....
        .....wwww..wwww.....
    """,
    "sleepy": """
        .....ssss..ssss.....
        .....kkkk..kkkk.....
        .....wkkw..wkkw.....
        ......ww....ww......
    """,
    "fierce": """
        .....#........#.....
        .....w##....##w.....
        .....wwkk..kkww.....
        ......wkk..kkw......
    """,
    "smiling": """
        ......kk....kk......
        .....k..k..k..k.....
        .....k..k..k..k.....

    """,
    "one": """
        ........wwww........
        .......wwwwww.......
        .......wiwkiw.......
        .......wikkiw.......
        .......wwiiww.......
        ........wwww........
    """,
    "one with a lid": """
        ........ssss........
        .......ssssss.......
        .......kkkkkk.......
        .......wwkkww.......
        ........wwww........
    """,
    "three": """
        .........ww.........
        .........wk.........
        ......ww....ww......
        .....wwkw..wwkw.....
        .....wkkw..wkkw.....
        ......ww....ww......
    """,
    "spectacles": """
        .....####..####.....
        ....#wwww##wwww#....
        ....#wwkw##wkww#....
        .....####..####.....
    """,
    "dark glasses": """
        ....############....
        .....#w##..#w##.....
        .....####..####.....
        ......##....##......
    """,
    "winking": """
        ......ww............
        .....wwkw..k........
        .....wkkw...kkk.....
        ......ww............
    """,
    "glancing": """
        ......ww....ww......
        .....kkww..kkww.....
        .....kkww..kkww.....
        ......ww....ww......
    """,
    "sparkling": """
        .....kkkk..kkkk.....
        .....kwwk..kwwk.....
        .....kwki..kwki.....
        ......kk....kk......
    """,
    "odd": """
        .....wwww...........
        .....wwkw...ww......
        .....wkkw...wk......
        .....wwww...........
    """,
    "spider's": """
        ....wk........wk....
        ....kk.wk..wk.kk....
        .......kk..kk.......
    """,
    "silly": """
        ......ww....ww......
        .....wwkk..kkww.....
        .....wwkk..kkww.....
        ......ww....ww......
    """,
    "dizzy": """
        .....k.k....k.k.....
        ......k......k......
        .....k.k....k.k.....
    """,
    "worried": """
        .......#....#.......
        .....##......##.....
        ......wk....wk......
        ......kk....kk......
    """,
}

# On the body. The first row is the face's sixth.
MOUTHS = {
    "smile": """
        ......k
        .......kkk
    """,
    "small smile": """
        ........k
        .........k
    """,
    "broad smile": """
        .....k
        ......kk
        ........kk
    """,
    "toothy": """
        .....kkkkk
        .....kwwkw
        ......kkkk
    """,
    "laughing": """
        .....kkkkk
        .....krrrr
        ......krtt
        .......kkk
    """,
    "vampire's": """
        .....k
        ......kkkk
        .......w
    """,
    "one tooth": """
        ......k......k......
        .......kkkkkk.......
        .........w..........
    """,
    "tongue out": """
        ......k......k......
        .......kkkkkk.......
        ..........tt........
        ..........tt........
    """,
    "amazed": """
        ........kk
        .......krr
        ........kk
    """,
    "cat's": """
        .......k.k
        ........k
    """,
    "beak": """
        ........yy
        .......yyy
        ........dd
    """,
    "grumpy": """
        .......kkk
        ......k
    """,
    "tusks": """
        ......w
        ......wkkk
    """,
    "buck teeth": """
        ......k......k......
        .......kkkkkk.......
        .........ww.........
        .........ww.........
    """,
    "smirk": """
        .............k......
        ........kkkkk.......
    """,
    "gaping": """
        .....kkkkk
        .....kwrwr
        ......krtt
    """,
    "moustache": """
        .......ddd
        .....ddd.d
    """,
    "zip": """
        ......k.k.
        .....kkkkk
        ......k.k.
    """,
    "whistling": """
        ...........kk.......
        ..........krrk......
        ...........kk.......
    """,
    "snout": """
        .......ttt
        .......tkt
        .......ttt
    """,
}

# On the body, behind eyes and mouth. The first row is the second above the face.
EXTRAS = {
    "nothing": "",
    "blush": """






        ....tt
    """,
    "warm cheeks": """





        ....tt
        ....tt
    """,
    "freckles": """





        .....s
        ....s.s
    """,
    "nose": """





        .........d
        .........d
    """,
    "big nose": """




        .........a
        ........aa
    """,
    "whiskers": """





        ...kk

        ...kk
    """,
    "beauty spot": """






        .............k......
    """,
    "bow tie": """









        .......aad..daa.....
        .......aadyydaa.....
        .......aad..daa.....
    """,
    "necktie": """








        .........a
        .........d
        .........a
        ........aa
    """,
    "medal": """








        ......a.a...........
        .......a............
        ......yyy...........
        ......yyy...........
    """,
    "scarf": """








        ....aaaaaaaaaaaa....
        ....adadadadadad....
        ......aa............
        ......ad............
    """,
    "plaster": """









        ...........yyyy.....
        ...........ytty.....
    """,
    "stitches": """








        .....#.#............
        ....#####...........
        .....#.#............
    """,
    "flower": """
        ...t................
        ..tyt...............
        ...t................
    """,
    "fringe": """

        .....aaaaa
        .....a.a.a
    """,
}
